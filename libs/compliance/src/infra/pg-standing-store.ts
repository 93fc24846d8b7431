import type { ComplianceDecision } from '@nexoramail/contracts';
import type { Standing } from '@nexoramail/kernel';
import { viaPrisma, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { StandingDecision, StandingStore } from '../application/ports/standing-store.js';
import { checkMove, FIRST_STANDING, type AccountStanding } from '../domain/standing.js';
import { standingChanged } from './changes.js';
import { appendAudit, lockAuditLog } from './pg-audit-log.js';
import type { PrismaClient } from './prisma/generated/client.js';

const LOCK: Statement = { name: 'compliance_standing_lock', text: 'SELECT state, version, reason, changed_at FROM standing WHERE account_id = $1::uuid FOR UPDATE' };
// The first standing may arrive by topic between the read and this.
const STORE: Statement = {
  name: 'compliance_standing_store',
  text: `INSERT INTO standing AS s (account_id, state, version, reason, actor, changed_at) VALUES ($1::uuid, $2, 1, $3, $4, $5::timestamptz)
    ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, version = s.version + 1, reason = excluded.reason, actor = excluded.actor, changed_at = excluded.changed_at
    RETURNING version`,
};

/** Standings in Postgres. Changes are rare, and serialised by the audit log's lock. */
export class PgStandingStore implements StandingStore {
  constructor(private readonly prisma: PrismaClient, private readonly work: UnitOfWork<ComplianceDecision>) {}

  async find(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountStanding>> {
    const rows = await viaPrisma(() => this.prisma.standing.findMany({ where: { accountId: { in: [...new Set(accountIds)] } } }));
    return new Map(rows.map((row) => [row.accountId, { accountId: row.accountId, standing: row.state as Standing, version: Number(row.version), changedAt: row.changedAt, reason: row.reason }]));
  }

  async set({ accountId, standing, reason, actor, at }: StandingDecision): Promise<AccountStanding> {
    return this.work.run(at, async (tx, publish) => {
      await lockAuditLog(tx);
      const { rows: [before] } = await tx.query<{ state: Standing; version: number; reason: string; changed_at: Date }>(LOCK, [accountId]);
      if (before?.state === standing) return { accountId, standing, version: before.version, changedAt: before.changed_at, reason: before.reason };
      const from = before?.state ?? FIRST_STANDING;
      checkMove(from, standing);
      const { rows: [stored] } = await tx.query<{ version: number }>(STORE, [accountId, standing, reason, actor, at]);
      const after: AccountStanding = { accountId, standing, version: stored?.version ?? 1, changedAt: at, reason };
      await appendAudit(tx, { at, accountId, actor, action: 'standing.set', subject: accountId, detail: JSON.stringify({ from, to: standing, reason, version: after.version }) });
      publish(standingChanged(after, at));
      return after;
    });
  }
}
