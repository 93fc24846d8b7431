import type { Account } from '../../domain/account.js';
import type { BillingPeriod } from '../../domain/billing-period.js';
import type { AccountLimits, LimitOverrides } from '../../domain/limits.js';

/** An account and what it may do. */
export interface AccountWithLimits {
  readonly account: Account;
  readonly limits: AccountLimits;
}

/** A change of an account's limits: what is undefined stays. */
export interface LimitsChange extends Partial<Omit<LimitOverrides, 'warmupExempt'>> {
  readonly plan?: string | undefined;
  readonly warmupExempt?: boolean | undefined;
  readonly defaultCategory?: string | undefined;
}

/** Accounts and limits. Every change of either grows the version and leaves with its records in the same commit. */
export interface AccountStore {
  /** Idempotent on the id: a repeat stores nothing and gives the first account. */
  create(account: Account, plan: string, warmupExempt: boolean, period: BillingPeriod): Promise<AccountWithLimits>;
  find(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountWithLimits>>;
  /** Applies the change; one that changes nothing stores nothing. `not_found`, `validation_failed` for an unknown plan. */
  change(accountId: string, change: LimitsChange, at: Date): Promise<AccountLimits>;
  /** Begins the period that holds `now` for accounts whose period is over, at most 500; returns how many. */
  beginPeriods(now: Date, accountIds?: readonly string[]): Promise<number>;
  usage(accountId: string, mode: string, periodStart: Date): Promise<number>;
}
