import { AppError, ok, refused, type Clock, type ItemResult } from '@nexoramail/kernel';
import type { AccountStore, AccountWithLimits } from './ports/account-store.js';

/** Accounts with their limits, item by item. A period that is over is rolled on first, so that an answer never tells an old one. */
export class GetAccountsHandler {
  constructor(private readonly store: AccountStore, private readonly clock: Clock) {}

  async execute(accountIds: readonly string[]): Promise<readonly ItemResult<AccountWithLimits>[]> {
    const now = this.clock.now();
    let found = await this.store.find(accountIds);
    const over = [...found.values()].filter(({ limits }) => limits.period.end <= now).map(({ account }) => account.id);
    if (over.length > 0) {
      await this.store.beginPeriods(now, over);
      found = await this.store.find(accountIds);
    }
    return accountIds.map((id) => {
      const account = found.get(id);
      return account ? ok(account) : refused(new AppError('not_found', 'There is no such account.'));
    });
  }

  /** One account, or `not_found`. */
  async one(accountId: string): Promise<AccountWithLimits> {
    const [result] = await this.execute([accountId]);
    if (result?.kind === 'ok') return result.value;
    throw result?.error ?? new Error('One id has one answer');
  }
}
