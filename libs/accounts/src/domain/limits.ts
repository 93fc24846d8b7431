import type { BillingPeriod } from './billing-period.js';
import type { Plan } from './plan.js';

/** What one account has of its own beside its plan: each override that is undefined follows the plan. */
export interface LimitOverrides {
  readonly messagesPerPeriod?: number | undefined;
  readonly domains?: number | undefined;
  readonly webhooks?: number | undefined;
  readonly warmupExempt: boolean;
}

/** What an account may do (`proto` Limits): plan and overrides joined, with the version that copies follow. */
export interface AccountLimits {
  readonly accountId: string;
  readonly accountRef: number;
  readonly version: number;
  readonly plan: string;
  readonly messagesPerPeriod: number;
  readonly period: BillingPeriod;
  readonly domains: number;
  readonly webhooks: number;
  readonly retentionDays: number;
  readonly templates: boolean;
  readonly warmupExempt: boolean;
  readonly defaultCategory: string;
}

/** Joins a plan with an account's overrides. */
export function limitsOf(
  account: { readonly accountId: string; readonly accountRef: number; readonly version: number; readonly defaultCategory: string; readonly period: BillingPeriod },
  plan: Plan,
  overrides: LimitOverrides,
): AccountLimits {
  return {
    ...account,
    plan: plan.id,
    messagesPerPeriod: overrides.messagesPerPeriod ?? plan.messagesPerPeriod,
    domains: overrides.domains ?? plan.domains,
    webhooks: overrides.webhooks ?? plan.webhooks,
    retentionDays: plan.retentionDays,
    templates: plan.templates,
    warmupExempt: overrides.warmupExempt,
  };
}
