import { AppError } from '@nexoramail/kernel';

/** The `Idempotency-Key` header: 1 to 255 printable ASCII characters, or empty when there is none. */
export function idempotencyKeyOf(header: string | string[] | undefined): string {
  if (header === undefined) return '';
  const key = Array.isArray(header) ? header.join(',') : header;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const message = 'The Idempotency-Key header must have 1 to 255 printable ASCII characters; a UUID is a good choice.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'wrong_format', message }] });
}
