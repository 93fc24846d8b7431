import { createHash } from 'node:crypto';
import { AppError } from '@nexoramail/kernel';

/** The `Idempotency-Key` header: 1 to 255 printable ASCII characters, or empty when there is none. */
export function idempotencyKeyOf(header: string | string[] | undefined): string {
  if (header === undefined) return '';
  const key = Array.isArray(header) ? header.join(',') : header;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const message = 'The Idempotency-Key header must have 1 to 255 printable ASCII characters; a UUID is a good choice.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'wrong_format', message }] });
}

/** What tells two requests under one key apart: SHA-256 of the body's bytes. */
export const hashOf = (rawBody: Buffer): Buffer => createHash('sha256').update(rawBody).digest();

/**
 * Key of one item of a batch under the batch's key. Not ASCII, so that no header can name it: a single send under the same key is another request.
 * Each item is stored under its own key in the commit that stores it, all with the hash of the whole batch.
 */
export const itemKey = (key: string, index: number): string => (key === '' ? '' : `batch\u00b7${createHash('sha256').update(key).digest('hex')}\u00b7${index}`);
