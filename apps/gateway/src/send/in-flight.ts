import { AppError } from '@nexoramail/kernel';

/** Idempotency keys of requests that this process is working on (`flows.md` §4): a second one in the meantime is `request_in_progress`. */
export class InFlightKeys {
  private readonly keys = new Set<string>();

  /** Runs `work` alone for its (account, mode, key); an empty key never collides. */
  async alone<T>(scope: { accountId: string; mode: string }, key: string, work: () => Promise<T>): Promise<T> {
    if (key === '') return work();
    const id = `${scope.accountId} ${scope.mode} ${key}`;
    if (this.keys.has(id)) throw new AppError('request_in_progress', 'A request with this Idempotency-Key is being worked on. Repeat this one in a moment to get its answer.', { retryAfterS: 1 });
    this.keys.add(id);
    try {
      return await work();
    } finally {
      this.keys.delete(id);
    }
  }
}

/** The `Idempotency-Key` header: 1 to 255 printable ASCII characters, or empty when there is none. */
export function idempotencyKeyOf(header: string | string[] | undefined): string {
  if (header === undefined) return '';
  const key = Array.isArray(header) ? header.join(',') : header;
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return key;
  const message = 'The Idempotency-Key header must have 1 to 255 printable ASCII characters; a UUID is a good choice.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'wrong_format', message }] });
}
