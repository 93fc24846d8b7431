import type { Clock } from '@nexoramail/kernel';
import type { Database, Statement } from '@nexoramail/platform';

const READ: Statement = {
  name: 'dispatch_queue_summary',
  text: `SELECT count(*) FILTER (WHERE state = 0 AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $2)) AS due,
      count(*) FILTER (WHERE lease_until >= $2) AS leased,
      count(*) FILTER (WHERE (state <> 0 OR run_at > $1) AND (lease_until IS NULL OR lease_until < $2)) AS waiting,
      min(run_at) FILTER (WHERE state = 0 AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $2)) AS oldest
    FROM queue`,
};

/** Counts of the queue by what it waits for. Reads the whole queue: for people, not for loops. */
export class PgQueueSummary {
  constructor(private readonly db: Database, private readonly clock: Clock, private readonly wall: Clock) {}

  async read(): Promise<{ due: bigint; waiting: bigint; leased: bigint; oldestDueAt: Date | undefined }> {
    const [row] = (await this.db.query<{ due: number; leased: number; waiting: number; oldest: Date | null }>(READ, [this.clock.now(), this.wall.now()])).rows;
    return { due: BigInt(row?.due ?? 0), waiting: BigInt(row?.waiting ?? 0), leased: BigInt(row?.leased ?? 0), oldestDueAt: row?.oldest ?? undefined };
  }
}
