import { accountsChanges, type AccountsChange, type GetAccountResponse, type Limits } from '@nexoramail/contracts';
import type { Publication } from '@nexoramail/platform';
import type { Account } from '../domain/account.js';
import type { AccountLimits } from '../domain/limits.js';

const TYPES = { account: 'account_changed', limits: 'limits_changed', apiKey: 'api_key_changed' } as const;

/** What accounts tells. */
export const ACCOUNTS_FACTS: Publication<AccountsChange> = {
  topic: accountsChanges,
  typeOf({ change }) {
    if (!change) throw new Error('A change says what changed');
    return TYPES[change.$case];
  },
};

/** Limits as they stand in contracts. */
export function toLimits(limits: AccountLimits): Limits {
  return {
    accountId: limits.accountId,
    accountRef: BigInt(limits.accountRef),
    version: BigInt(limits.version),
    plan: limits.plan,
    messagesPerPeriod: BigInt(limits.messagesPerPeriod),
    periodStart: limits.period.start,
    periodEnd: limits.period.end,
    domains: limits.domains,
    webhooks: limits.webhooks,
    retentionDays: limits.retentionDays,
    templates: limits.templates,
    warmupExempt: limits.warmupExempt,
    defaultCategory: limits.defaultCategory,
  };
}

/** An account as it stands in contracts. */
export function toAccount(account: Account, limits: AccountLimits): GetAccountResponse {
  return {
    accountId: account.id,
    accountRef: BigInt(account.ref),
    name: account.name,
    plan: limits.plan,
    defaultCategory: account.defaultCategory,
    createdAt: account.createdAt,
    limits: toLimits(limits),
  };
}

/** The fact that an account was made or changed. */
export function accountChanged(account: Pick<Account, 'id' | 'ref' | 'name'>, plan: string, at: Date): AccountsChange {
  return { change: { $case: 'account', account: { accountId: account.id, accountRef: BigInt(account.ref), name: account.name, plan, at } } };
}

/** The fact that limits changed. */
export function limitsChanged(limits: AccountLimits): AccountsChange {
  return { change: { $case: 'limits', limits: toLimits(limits) } };
}

/** The fact that a key was made or revoked. */
export function apiKeyChanged(keyId: string, accountId: string, revoked: boolean, at: Date): AccountsChange {
  return { change: { $case: 'apiKey', apiKey: { keyId, accountId, revoked, at } } };
}
