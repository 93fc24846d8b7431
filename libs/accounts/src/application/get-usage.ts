import type { AccountLimits } from '../domain/limits.js';
import type { GetAccountsHandler } from './get-accounts.js';
import type { AccountStore } from './ports/account-store.js';

/** Used and allowed recipients of the running period. Test mode is counted and free. */
export class GetUsageHandler {
  constructor(private readonly accounts: GetAccountsHandler, private readonly store: AccountStore) {}

  async execute(accountId: string, mode: string): Promise<{ readonly used: number; readonly limits: AccountLimits }> {
    const { limits } = await this.accounts.one(accountId);
    return { used: await this.store.usage(accountId, mode, limits.period.start), limits };
  }
}
