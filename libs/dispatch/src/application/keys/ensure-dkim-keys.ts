import { AppError, ok, refused, retry, toAppError, type ItemResult } from '@nexoramail/kernel';
import type { DkimKeyRecords, DkimKeyWish } from '../ports/key-ports.js';

const SELECTOR = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Makes a key per (domain, selector) unless there is one, and tells the public record. Idempotent: all callers get the same one. */
export class EnsureDkimKeys {
  constructor(private readonly store: DkimKeyRecords) {}

  async execute(wishes: readonly (Omit<DkimKeyWish, 'algorithm'> & { readonly algorithm: string })[]): Promise<ItemResult<{ selector: string; record: string }>[]> {
    const results: ItemResult<{ selector: string; record: string }>[] = [];
    for (const wish of wishes) results.push(await this.one(wish)); // one after the other: a key costs up to half a second of CPU
    return results;
  }

  private async one({ algorithm, ...wish }: Omit<DkimKeyWish, 'algorithm'> & { readonly algorithm: string }): Promise<ItemResult<{ selector: string; record: string }>> {
    const known = algorithm === '' ? 'rsa-sha256' : algorithm;
    if (known !== 'rsa-sha256' && known !== 'ed25519-sha256') return refused(new AppError('validation_failed', 'The algorithm is rsa-sha256 or ed25519-sha256.'));
    if (!SELECTOR.test(wish.selector)) return refused(new AppError('validation_failed', 'The selector is one DNS label.'));
    try {
      const existing = await this.store.findRecord(wish.domainId, wish.selector);
      if (existing !== undefined) return ok({ selector: wish.selector, record: existing });
      await this.store.create({ ...wish, algorithm: known });
      const record = await this.store.findRecord(wish.domainId, wish.selector); // another caller may have been first
      if (record !== undefined) return ok({ selector: wish.selector, record });
      return retry(new AppError('temporarily_unavailable', 'The key could not be stored. Repeat the request.', { retryAfterS: 1 }));
    } catch (error) {
      return retry(toAppError(error));
    }
  }
}
