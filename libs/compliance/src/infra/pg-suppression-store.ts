import type { ComplianceDecision } from '@nexoramail/contracts';
import { pageOf, type Mode, type Page } from '@nexoramail/kernel';
import { viaPrisma, type Sql, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { SuppressionStore } from '../application/ports/suppression-store.js';
import { strengthOf, type Suppression, type SuppressionReason } from '../domain/suppression.js';
import { suppressionChanged } from './changes.js';
import type { PrismaClient, Suppression as Row } from './prisma/generated/client.js';
import { addFromEvents, fromSuppressionRow, holdingEntries, type SuppressionRow } from './suppression-sql.js';

const ADD_MANUAL: Statement = {
  name: 'compliance_suppress_manually',
  text: `INSERT INTO suppression AS s (id, account_id, mode, scope, category, token, address, reason, strength, locked, note, created_at, expires_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6::bytea, $7, $8, $9::smallint, $10::bool, $11, $12::timestamptz, $13::timestamptz)
    ON CONFLICT ((token || uuid_send(account_id)), mode, scope, category) DO UPDATE SET
      id = excluded.id, address = excluded.address, reason = excluded.reason, strength = excluded.strength, locked = excluded.locked, note = excluded.note,
      source_event_id = '', message_id = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE s.strength <= excluded.strength OR s.expires_at <= excluded.created_at`,
};
// The lock holds against a complaint that arrives meanwhile.
const LOCK_ALL: Statement = {
  name: 'compliance_suppression_lock',
  text: `SELECT id, account_id, mode, scope, category, token, address, reason, locked, note, source_event_id, message_id, created_at, expires_at
    FROM suppression WHERE (token || uuid_send(account_id)) = ($3::bytea || uuid_send($1::uuid)) AND mode = $2 ORDER BY id FOR UPDATE`,
};
const DELETE: Statement = { name: 'compliance_suppression_delete', text: 'DELETE FROM suppression WHERE id = ANY ($1::uuid[])' };
const FORGET: Statement = {
  name: 'compliance_suppression_forget',
  text: 'DELETE FROM suppression_source WHERE ctid = ANY (ARRAY (SELECT ctid FROM suppression_source WHERE at < $1::timestamptz LIMIT 5000))',
};

/** The suppression list in Postgres: batches from events raw and set-based, lists by Prisma. */
export class PgSuppressionStore implements SuppressionStore {
  constructor(private readonly prisma: PrismaClient, private readonly db: Sql, private readonly work: UnitOfWork<ComplianceDecision>) {}

  async addFromEvents(entries: readonly Suppression[], at: Date): Promise<readonly (Suppression | undefined)[]> {
    const stored = await addFromEvents(this.db, entries, entries.map((entry) => this.work.record(suppressionChanged(entry, at))), at);
    if (stored.size > 0) this.work.signal();
    return Promise.all(entries.map(async (entry) => (stored.has(entry.id) ? entry : (await this.find(entry.accountId, entry.mode, entry.token, at))[0])));
  }

  async addManual(entry: Suppression): Promise<Suppression> {
    const { id, accountId, mode, scope, category, token, address, reason, locked, note, createdAt, expiresAt } = entry;
    return this.work.run(createdAt, async (tx, publish) => {
      const values = [id, accountId, mode, scope, category, Buffer.from(token), address, reason, strengthOf(reason), locked, note, createdAt, expiresAt ?? null];
      const { rowCount } = await tx.query(ADD_MANUAL, values);
      if (rowCount > 0) {
        publish(suppressionChanged(entry, createdAt));
        return entry;
      }
      const held = await holdingEntries(tx, accountId, mode, token, createdAt);
      return held.find((other) => other.scope === scope && other.category === category) ?? entry;
    });
  }

  find(accountId: string, mode: Mode, token: Uint8Array, now: Date): Promise<readonly Suppression[]> {
    return holdingEntries(this.db, accountId, mode, token, now);
  }

  async lift(accountId: string, mode: Mode, token: Uint8Array, now: Date): Promise<'lifted' | 'locked' | 'none'> {
    return this.work.run(now, async (tx, publish) => {
      const { rows } = await tx.query<SuppressionRow>(LOCK_ALL, [accountId, mode, Buffer.from(token)]);
      const entries = rows.map(fromSuppressionRow);
      const holding = entries.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now);
      if (holding.length === 0) return 'none';
      if (holding.some(({ locked }) => locked)) return 'locked';
      await tx.query(DELETE, [entries.map(({ id }) => id)]);
      for (const entry of holding) publish(suppressionChanged(entry, now, true));
      return 'lifted';
    });
  }

  async list(accountId: string, mode: Mode, reason: SuppressionReason | undefined, afterId: string | undefined, limit: number, now: Date): Promise<Page<Suppression>> {
    const rows = await viaPrisma(() => this.prisma.suppression.findMany({
      where: { accountId, mode, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }], ...(reason !== undefined && { reason }), ...(afterId !== undefined && { id: { lt: afterId } }) },
      orderBy: { id: 'desc' },
      take: limit + 1,
    }));
    return pageOf(rows.map(fromPrisma), limit);
  }

  async forgetSources(before: Date): Promise<number> {
    return (await this.db.query(FORGET, [before])).rowCount;
  }
}

function fromPrisma(row: Row): Suppression {
  return {
    ...row,
    mode: row.mode as Mode,
    scope: row.scope as Suppression['scope'],
    reason: row.reason as SuppressionReason,
    messageId: row.messageId ?? undefined,
    expiresAt: row.expiresAt ?? undefined,
  };
}
