import { AppError, type Clock, type FieldError } from '@nexoramail/kernel';
import { defaultCategory } from '../domain/account.js';
import type { AccountLimits } from '../domain/limits.js';
import { MAX_MESSAGES_PER_PERIOD } from '../domain/plan.js';
import type { AccountStore, LimitsChange } from './ports/account-store.js';

/** Moves an account to a plan, or overrides single limits of it. In force from the next accept on; what changes nothing publishes nothing. */
export class ChangeLimitsHandler {
  constructor(private readonly store: AccountStore, private readonly clock: Clock) {}

  async execute(accountId: string, change: LimitsChange): Promise<AccountLimits> {
    const errors: FieldError[] = [];
    const { messagesPerPeriod } = change;
    if (messagesPerPeriod !== undefined && (messagesPerPeriod < 1 || messagesPerPeriod > MAX_MESSAGES_PER_PERIOD)) {
      errors.push({ pointer: '/messages_per_period', code: 'range', message: `Between 1 and ${MAX_MESSAGES_PER_PERIOD} recipients per period.` });
    }
    const [first] = errors;
    if (first) throw new AppError('validation_failed', first.message, { errors });
    if (change.defaultCategory !== undefined) defaultCategory(change.defaultCategory);
    return this.store.change(accountId, change, this.clock.now());
  }
}
