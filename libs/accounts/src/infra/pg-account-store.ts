import type { AccountsChange } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { isUniqueViolation, viaPrisma, type Sql, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { AccountStore, AccountWithLimits, LimitsChange } from '../application/ports/account-store.js';
import type { Account } from '../domain/account.js';
import { billingPeriod, type BillingPeriod } from '../domain/billing-period.js';
import { limitsOf, type AccountLimits } from '../domain/limits.js';
import { unknownPlan, type Plan } from '../domain/plan.js';
import { accountChanged, limitsChanged } from './changes.js';
import type { PrismaClient } from './prisma/generated/client.js';

const PLAN: Statement = {
  name: 'accounts_plan',
  text: 'SELECT id, messages_per_period, domains, webhooks, retention_days, templates FROM plan WHERE id = $1',
};
const INSERT_ACCOUNT: Statement = {
  name: 'accounts_insert_account',
  text: `INSERT INTO account (id, ref, name, default_category, created_at) VALUES ($1::uuid, $2::int8, $3, $4, $5::timestamptz) ON CONFLICT (id) DO NOTHING`,
};
const INSERT_LIMITS: Statement = {
  name: 'accounts_insert_limits',
  text: `INSERT INTO limits (account_id, version, plan_id, warmup_exempt, anchored_at, period_start, period_end)
    VALUES ($1::uuid, 1, $2, $3::bool, $4::timestamptz, $4::timestamptz, $5::timestamptz)`,
};
const COLUMNS = `a.id, a.ref, a.name, a.default_category, a.created_at, l.version, l.messages_per_period AS own_messages, l.domains AS own_domains,
  l.webhooks AS own_webhooks, l.warmup_exempt, l.anchored_at, l.period_start, l.period_end,
  p.id AS plan_id, p.messages_per_period, p.domains, p.webhooks, p.retention_days, p.templates`;
const FROM = 'FROM limits l JOIN account a ON a.id = l.account_id JOIN plan p ON p.id = l.plan_id';
const LOCK: Statement = { name: 'accounts_lock_limits', text: `SELECT ${COLUMNS} ${FROM} WHERE l.account_id = $1::uuid FOR UPDATE OF l, a` };
const LOCK_OVER: Statement = {
  name: 'accounts_lock_over',
  text: `SELECT ${COLUMNS} ${FROM} WHERE l.period_end <= $1::timestamptz AND ($2::uuid[] IS NULL OR l.account_id = ANY ($2::uuid[]))
    ORDER BY l.period_end LIMIT 500 FOR UPDATE OF l SKIP LOCKED`,
};
const UPDATE_LIMITS: Statement = {
  name: 'accounts_update_limits',
  text: `UPDATE limits SET version = $2::int8, plan_id = $3, messages_per_period = $4::int8, domains = $5::int, webhooks = $6::int, warmup_exempt = $7::bool
    WHERE account_id = $1::uuid`,
};
const UPDATE_CATEGORY: Statement = { name: 'accounts_update_category', text: 'UPDATE account SET default_category = $2 WHERE id = $1::uuid' };
const UPDATE_PERIODS: Statement = {
  name: 'accounts_update_periods',
  text: `UPDATE limits l SET version = l.version + 1, period_start = q.period_start, period_end = q.period_end
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS q (account_id, period_start, period_end) WHERE l.account_id = q.account_id`,
};

interface PlanRow {
  messages_per_period: number;
  domains: number;
  webhooks: number;
  retention_days: number;
  templates: boolean;
}

interface Row extends PlanRow {
  id: string;
  ref: number;
  name: string;
  default_category: string;
  created_at: Date;
  version: number;
  own_messages: number | null;
  own_domains: number | null;
  own_webhooks: number | null;
  warmup_exempt: boolean;
  anchored_at: Date;
  period_start: Date;
  period_end: Date;
  plan_id: string;
}

/** Accounts and limits in Postgres: reads by Prisma, commits with their facts by raw statements. */
export class PgAccountStore implements AccountStore {
  constructor(private readonly prisma: PrismaClient, private readonly work: UnitOfWork<AccountsChange>) {}

  async create(account: Account, plan: string, warmupExempt: boolean, period: BillingPeriod): Promise<AccountWithLimits> {
    const insert = this.work.run(account.createdAt, async (tx, publish) => {
      const planRow = await planOf(tx, plan);
      const { rowCount } = await tx.query(INSERT_ACCOUNT, [account.id, account.ref, account.name, account.defaultCategory, account.createdAt]);
      if (rowCount === 0) return;
      await tx.query(INSERT_LIMITS, [account.id, plan, warmupExempt, period.start, period.end]);
      const head = { accountId: account.id, accountRef: account.ref, version: 1, defaultCategory: account.defaultCategory, period };
      publish(accountChanged(account, plan, account.createdAt));
      publish(limitsChanged(limitsOf(head, planRow, { warmupExempt })));
    });
    await insert.catch((error: unknown) => {
      if (!isUniqueViolation(error, 'account_ref_key')) throw error;
      throw new AppError('temporarily_unavailable', 'The account number was taken. Repeat the request.', { retryAfterS: 1 });
    });
    const stored = (await this.find([account.id])).get(account.id);
    if (!stored) throw new Error('A stored account can be read');
    return stored;
  }

  async find(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountWithLimits>> {
    const rows = await viaPrisma(() => this.prisma.account.findMany({ where: { id: { in: [...new Set(accountIds)] } }, include: { limits: { include: { plan: true } } } }));
    return new Map(rows.flatMap(({ limits: own, ...row }) => {
      if (!own) return [];
      const account: Account = { ...row, ref: Number(row.ref) };
      const head = { accountId: row.id, accountRef: account.ref, version: Number(own.version), defaultCategory: row.defaultCategory, period: { start: own.periodStart, end: own.periodEnd } };
      const plan: Plan = { ...own.plan, messagesPerPeriod: Number(own.plan.messagesPerPeriod) };
      const overrides = { messagesPerPeriod: toNumber(own.messagesPerPeriod), domains: own.domains ?? undefined, webhooks: own.webhooks ?? undefined, warmupExempt: own.warmupExempt };
      return [[row.id, { account, limits: limitsOf(head, plan, overrides) }] as const];
    }));
  }

  async change(accountId: string, change: LimitsChange, at: Date): Promise<AccountLimits> {
    return this.work.run(at, async (tx, publish) => {
      const { rows: [before] } = await tx.query<Row>(LOCK, [accountId]);
      if (!before) throw new AppError('not_found', 'There is no such account.');
      const plan = change.plan === undefined || change.plan === before.plan_id ? toPlan(before) : await planOf(tx, change.plan);
      const after: Row = {
        ...before,
        ...toRow(plan),
        own_messages: change.messagesPerPeriod ?? before.own_messages,
        own_domains: change.domains ?? before.own_domains,
        own_webhooks: change.webhooks ?? before.own_webhooks,
        warmup_exempt: change.warmupExempt ?? before.warmup_exempt,
        default_category: change.defaultCategory ?? before.default_category,
      };
      if (JSON.stringify(after) === JSON.stringify(before)) return toLimits(before);
      const limits = toLimits({ ...after, version: before.version + 1 });
      await tx.query(UPDATE_LIMITS, [accountId, limits.version, plan.id, after.own_messages, after.own_domains, after.own_webhooks, after.warmup_exempt]);
      if (after.default_category !== before.default_category) await tx.query(UPDATE_CATEGORY, [accountId, after.default_category]);
      if (after.plan_id !== before.plan_id) publish(accountChanged(before, plan.id, at));
      publish(limitsChanged(limits));
      return limits;
    });
  }

  async beginPeriods(now: Date, accountIds?: readonly string[]): Promise<number> {
    return this.work.run(now, async (tx, publish) => {
      const { rows } = await tx.query<Row>(LOCK_OVER, [now, accountIds ?? null]);
      const periods = rows.map((row) => billingPeriod(row.anchored_at, now));
      if (rows.length > 0) await tx.query(UPDATE_PERIODS, [rows.map(({ id }) => id), periods.map(({ start }) => start), periods.map(({ end }) => end)]);
      for (const [index, row] of rows.entries()) {
        const { start, end } = periods[index] ?? { start: row.period_start, end: row.period_end };
        publish(limitsChanged(toLimits({ ...row, version: row.version + 1, period_start: start, period_end: end })));
      }
      return rows.length;
    });
  }

  async usage(accountId: string, mode: string, periodStart: Date): Promise<number> {
    const row = await viaPrisma(() => this.prisma.usage.findUnique({ where: { accountId_mode_periodStart: { accountId, mode, periodStart } } }));
    return Number(row?.accepted ?? 0);
  }
}

async function planOf(tx: Sql, id: string): Promise<Plan> {
  const { rows: [row] } = await tx.query<PlanRow>(PLAN, [id]);
  if (!row) throw unknownPlan();
  return toPlan({ ...row, plan_id: id });
}

function toPlan(row: PlanRow & { plan_id: string }): Plan {
  return { id: row.plan_id, messagesPerPeriod: row.messages_per_period, domains: row.domains, webhooks: row.webhooks, retentionDays: row.retention_days, templates: row.templates };
}

function toRow(plan: Plan): PlanRow & { plan_id: string } {
  return { plan_id: plan.id, messages_per_period: plan.messagesPerPeriod, domains: plan.domains, webhooks: plan.webhooks, retention_days: plan.retentionDays, templates: plan.templates };
}

function toLimits(row: Row): AccountLimits {
  const head = { accountId: row.id, accountRef: row.ref, version: row.version, defaultCategory: row.default_category, period: { start: row.period_start, end: row.period_end } };
  return limitsOf(head, toPlan(row), { messagesPerPeriod: row.own_messages ?? undefined, domains: row.own_domains ?? undefined, webhooks: row.own_webhooks ?? undefined, warmupExempt: row.warmup_exempt });
}

const toNumber = (value: bigint | null): number | undefined => (value === null ? undefined : Number(value));
