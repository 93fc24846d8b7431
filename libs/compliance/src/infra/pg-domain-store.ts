import type { ComplianceDecision } from '@nexoramail/contracts';
import { AppError, pageOf, type Page } from '@nexoramail/kernel';
import { isUniqueViolation, viaPrisma, type Sql, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { DomainStore } from '../application/ports/domain-store.js';
import type { DomainRecord } from '../domain/dns-records.js';
import { afterCheck } from '../domain/domain-state.js';
import { domainTaken, type SenderDomain } from '../domain/sender-domain.js';
import { domainChanged } from './changes.js';
import { fromPrisma, fromRow, type DomainRow } from './domain-row.js';
import type { PrismaClient } from './prisma/generated/client.js';

const OWNER_KEY = 'domain_owner_key';
const PUT_OFF_MS = 5 * 60_000;

// Serialises the creations of one account: the count below is exact.
const LOCK_ACCOUNT: Statement = { name: 'compliance_domain_lock', text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 1))' };
const COUNT: Statement = { name: 'compliance_domain_count', text: 'SELECT count(*)::int AS domains FROM domain WHERE account_id = $1::uuid' };
const INSERT: Statement = {
  name: 'compliance_domain_insert',
  text: `INSERT INTO domain (id, account_id, name, state, version, selectors, return_path_domain, created_at, next_check_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5::int8, $6::text[], $7, $8::timestamptz, $9::timestamptz)`,
};
const INSERT_RECORDS: Statement = {
  name: 'compliance_domain_records',
  text: `INSERT INTO dns_record (domain_id, purpose, type, host, value, required, status, seen, fix)
    SELECT $1::uuid, q.purpose, q.type, q.host, q.value, q.required, 'pending', '{}', q.fix
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[]) AS q (purpose, type, host, value, required, fix)`,
};
const LOCK: Statement = {
  name: 'compliance_domain_for_check',
  text: `SELECT id, account_id, name, state, version, selectors, return_path_domain, created_at, verified_at, degraded_at FROM domain WHERE id = $1::uuid FOR UPDATE`,
};
const UPDATE: Statement = {
  name: 'compliance_domain_update',
  text: `UPDATE domain SET state = $2, version = $3::int8, verified_at = $4::timestamptz, degraded_at = $5::timestamptz, checked_at = $6::timestamptz, next_check_at = $7::timestamptz
    WHERE id = $1::uuid`,
};
// `seen` travels as JSON: an array of arrays would have to be rectangular.
const UPDATE_RECORDS: Statement = {
  name: 'compliance_domain_seen',
  text: `UPDATE dns_record r SET status = q.status, seen = ARRAY (SELECT jsonb_array_elements_text(q.seen::jsonb)), checked_at = $2::timestamptz, fix = q.fix
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS q (purpose, host, status, seen, fix)
    WHERE r.domain_id = $1::uuid AND r.purpose = q.purpose AND r.host = q.host`,
};
const DELETE: Statement = {
  name: 'compliance_domain_delete',
  text: `DELETE FROM domain WHERE account_id = $1::uuid AND id = $2::uuid
    RETURNING id, account_id, name, state, version, selectors, return_path_domain, created_at, verified_at, degraded_at`,
};
const TAKE_DUE: Statement = {
  name: 'compliance_domain_due',
  text: `UPDATE domain d SET next_check_at = $2::timestamptz
    FROM (SELECT id FROM domain WHERE next_check_at <= $1::timestamptz ORDER BY next_check_at LIMIT $3::int FOR UPDATE SKIP LOCKED) due
    WHERE d.id = due.id RETURNING d.id`,
};

/** Sender domains in Postgres: reads by Prisma, commits with their facts by raw statements. */
export class PgDomainStore implements DomainStore {
  constructor(private readonly prisma: PrismaClient, private readonly db: Sql, private readonly work: UnitOfWork<ComplianceDecision>) {}

  async create(domain: SenderDomain, limit: number, nextCheckAt: Date): Promise<void> {
    const { id, accountId, name, records } = domain;
    try {
      await this.work.run(domain.createdAt, async (tx, publish) => {
        await tx.query(LOCK_ACCOUNT, [accountId]);
        const { rows: [count] } = await tx.query<{ domains: number }>(COUNT, [accountId]);
        if (limit > 0 && count && count.domains >= limit) throw new AppError('plan_limit_domains', `Your plan includes ${limit} domains, and all are in use. Delete one or change the plan.`);
        await tx.query(INSERT, [id, accountId, name, domain.state, domain.version, domain.selectors, domain.returnPathDomain, domain.createdAt, nextCheckAt]);
        await tx.query(INSERT_RECORDS, [
          id, records.map((r) => r.purpose), records.map((r) => r.type), records.map((r) => r.host), records.map((r) => r.value), records.map((r) => r.required), records.map((r) => r.fix),
        ]);
        publish(domainChanged(domain, domain.createdAt));
      });
    } catch (error) {
      if (isUniqueViolation(error)) throw domainTaken(name, 'this');
      throw error;
    }
  }

  async nameState(accountId: string, name: string): Promise<'free' | 'own' | 'taken'> {
    const rows = await viaPrisma(() => this.prisma.domain.findMany({ where: { name, OR: [{ accountId }, { state: { in: ['verified', 'degraded'] } }] }, select: { accountId: true } }));
    if (rows.some((row) => row.accountId === accountId)) return 'own';
    return rows.length > 0 ? 'taken' : 'free';
  }

  async find(accountId: string, domainId: string): Promise<SenderDomain | undefined> {
    const row = await viaPrisma(() => this.prisma.domain.findFirst({ where: { accountId, id: domainId }, include: { records: true } }));
    return row ? fromPrisma(row) : undefined;
  }

  async list(accountId: string, afterId: string | undefined, limit: number): Promise<Page<SenderDomain>> {
    const rows = await viaPrisma(() => this.prisma.domain.findMany({
      where: { accountId, ...(afterId !== undefined && { id: { lt: afterId } }) },
      include: { records: true },
      orderBy: { id: 'desc' },
      take: limit + 1,
    }));
    return pageOf(rows.map(fromPrisma), limit);
  }

  async applyCheck(domainId: string, records: readonly DomainRecord[], now: Date): Promise<SenderDomain | undefined> {
    try {
      return await this.storeCheck(domainId, records, now, true);
    } catch (error) {
      if (!isUniqueViolation(error, OWNER_KEY)) throw error;
      const kept = await this.storeCheck(domainId, records, now, false);
      if (!kept) return undefined;
      throw domainTaken(kept.name, 'other');
    }
  }

  async delete(accountId: string, domainId: string, at: Date): Promise<boolean> {
    return this.work.run(at, async (tx, publish) => {
      const { rows: [row] } = await tx.query<DomainRow>(DELETE, [accountId, domainId]);
      if (row) publish(domainChanged({ ...fromRow(row), version: row.version + 1 }, at, true));
      return row !== undefined;
    });
  }

  async takeDue(now: Date, limit: number): Promise<readonly SenderDomain[]> {
    const { rows } = await this.db.query<{ id: string }>(TAKE_DUE, [now, new Date(now.getTime() + PUT_OFF_MS), limit]);
    if (rows.length === 0) return [];
    const domains = await viaPrisma(() => this.prisma.domain.findMany({ where: { id: { in: rows.map(({ id }) => id) } }, include: { records: true } }));
    return domains.map(fromPrisma);
  }

  private async storeCheck(domainId: string, records: readonly DomainRecord[], now: Date, mayMove: boolean): Promise<SenderDomain | undefined> {
    return this.work.run(now, async (tx, publish) => {
      const { rows: [row] } = await tx.query<DomainRow>(LOCK, [domainId]);
      if (!row) return undefined;
      const before = fromRow(row);
      const next = afterCheck(before, records, now);
      const moves = mayMove && next.changed;
      const after: SenderDomain = moves
        ? { ...before, records, state: next.state, version: before.version + 1, verifiedAt: next.verifiedAt, degradedAt: next.degradedAt }
        : { ...before, records };
      await tx.query(UPDATE, [domainId, after.state, after.version, after.verifiedAt ?? null, after.degradedAt ?? null, now, next.nextCheckAt ?? null]);
      await tx.query(UPDATE_RECORDS, [
        domainId, now, records.map((r) => r.purpose), records.map((r) => r.host), records.map((r) => r.status), records.map((r) => JSON.stringify(r.seen)), records.map((r) => r.fix),
      ]);
      if (moves) publish(domainChanged(after, now));
      return after;
    });
  }
}
