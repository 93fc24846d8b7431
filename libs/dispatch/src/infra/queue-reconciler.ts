import { uuid7, type Clock } from '@nexoramail/kernel';
import type { Database, Gauge, Logger, Statement, Telemetry } from '@nexoramail/platform';
import { dayOf } from '../domain/submission.js';

const HOUR_MS = 3_600_000;
const SETTLE_MS = 300_000;

// Ids carry their time, so the last hour is a range of the primary key.
const LOST: Statement = {
  name: 'dispatch_reconcile_lost',
  text: `SELECT count(*) AS n FROM recipient r WHERE r.release_day = ANY ($1::date[]) AND r.message_id BETWEEN $2 AND $3 AND r.status = 'accepted'
    AND NOT EXISTS (SELECT FROM queue q WHERE q.message_id = r.message_id AND q.n = r.n)`,
};
const EMPTY: Statement = { name: 'dispatch_reconcile_empty', text: 'SELECT count(*) AS n FROM queue q WHERE NOT EXISTS (SELECT FROM content_key k WHERE k.message_id = q.message_id)' };
const STALE: Statement = { name: 'dispatch_reconcile_stale', text: 'SELECT count(*) AS n FROM outbox WHERE published_at IS NULL AND recorded_at < $1' };

/** Looks for what must not be: alarms, never silent repair (`flows.md` §9). */
export class QueueReconciler {
  private readonly gauge: Gauge;

  constructor(private readonly db: Database, private readonly clock: Clock, private readonly logger: Logger, telemetry: Telemetry) {
    this.gauge = telemetry.gauge('nexora_dispatch_inconsistencies', 'Rows that contradict one another, by kind', ['kind']);
  }

  async run(): Promise<void> {
    const now = this.clock.now().getTime();
    const [from, to] = [new Date(now - HOUR_MS), new Date(now - SETTLE_MS)];
    const edge = (at: Date, fill: number): string => uuid7(at.getTime(), new Uint8Array(10).fill(fill));
    await this.check('recipient neither final nor queued', LOST, [[dayOf(from), dayOf(to)], edge(from, 0), edge(to, 255)]);
    await this.check('queue row without content', EMPTY, []);
    await this.check('outbox row older than 10 minutes', STALE, [new Date(now - 2 * SETTLE_MS)]);
  }

  private async check(kind: string, statement: Statement, values: readonly unknown[]): Promise<void> {
    const found = (await this.db.query<{ n: number }>(statement, values)).rows[0]?.n ?? 0;
    this.gauge.set(found, { kind });
    if (found > 0) this.logger.error({ kind, rows: found }, 'The reconciler found rows that contradict one another');
  }
}
