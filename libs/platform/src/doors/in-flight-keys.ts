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
