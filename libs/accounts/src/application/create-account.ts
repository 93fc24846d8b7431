import type { Clock, Random } from '@nexoramail/kernel';
import { accountName, defaultCategory, newAccountRef } from '../domain/account.js';
import { billingPeriod } from '../domain/billing-period.js';
import type { AccountStore, AccountWithLimits } from './ports/account-store.js';

/** What a new account is to be. */
export interface CreateAccount {
  readonly accountId: string;
  readonly name: string;
  readonly plan: string;
  readonly defaultCategory: string;
  readonly warmupExempt: boolean;
}

/** Makes an account whose first period begins now. Idempotent on the id; its standing is decided by compliance. */
export class CreateAccountHandler {
  constructor(private readonly store: AccountStore, private readonly random: Random, private readonly clock: Clock) {}

  async execute(wish: CreateAccount): Promise<AccountWithLimits> {
    const createdAt = this.clock.now();
    const account = {
      id: wish.accountId,
      ref: newAccountRef(this.random),
      name: accountName(wish.name),
      defaultCategory: defaultCategory(wish.defaultCategory),
      createdAt,
    };
    return this.store.create(account, wish.plan, wish.warmupExempt, billingPeriod(createdAt, createdAt));
  }
}
