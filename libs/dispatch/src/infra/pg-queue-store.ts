import { randomUUID } from 'node:crypto';
import { isAppError, type Clock, type Monotonic } from '@nexoramail/kernel';
import { Coalescer, isCommitUnknown, type Database, type Faults, type Statement, type Wake } from '@nexoramail/platform';
import type { Finish, LeasedRecipient, LeaseRequest, OtherEnd, QueueStore } from '../application/ports/deliver-ports.js';
import { FINISH, finishValues } from './finish-values.js';
import { toLeased, type LeasedRow } from './queue-rows.js';

const LEASE_MS = 60_000;
/** Looks over lanes that turn out to be under lease already, before the caller waits for the next wake-up. */
const MAX_ROUNDS = 10;
const NIL = '00000000-0000-0000-0000-000000000000';

const LEASE: Statement = {
  name: 'dispatch_lease_due',
  text: `SELECT l.last_site, l.last_account, l.complete, r.* FROM lease_due($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS l LEFT JOIN LATERAL leased_rows($4, l.ids, l.ns) AS r ON true`,
};
const LEASE_OTHER: Statement = { name: 'dispatch_lease_other', text: 'SELECT r.* FROM lease_other($1, $2, $3, $4, $5, $6, $7, $8) AS l CROSS JOIN LATERAL leased_rows($5, l.ids, l.ns) AS r' };
const RENEW: Statement = {
  name: 'dispatch_renew',
  text: `UPDATE queue q SET lease_until = $4 FROM unnest($1::uuid[], $2::smallint[], $3::uuid[]) AS r (id, n, token)
    WHERE q.message_id = r.id AND q.n = r.n AND q.lease_token = r.token RETURNING q.message_id, q.n, q.lease_token`,
};
const PAUSE: Statement = {
  name: 'dispatch_pause',
  text: `UPDATE queue SET state = 4 WHERE (message_id, n) IN (
      SELECT message_id, n FROM queue WHERE state = 0 AND account_id = ANY ($1) AND (lease_until IS NULL OR lease_until < $2) LIMIT $3 FOR UPDATE SKIP LOCKED)`,
};
const RESUME: Statement = {
  name: 'dispatch_resume',
  text: `UPDATE queue SET state = CASE WHEN run_at > $3 THEN 5 ELSE 0 END
    WHERE (message_id, n) IN (SELECT message_id, n FROM queue WHERE state = 4 AND account_id = ANY ($1) LIMIT $2 FOR UPDATE SKIP LOCKED)`,
};
const RIPEN: Statement = {
  name: 'dispatch_ripen',
  text: `UPDATE queue SET state = 0 WHERE (message_id, n) IN (
      SELECT message_id, n FROM queue WHERE state = 5 AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $2) ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
};
const PAUSED: Statement = { name: 'dispatch_paused_accounts', text: 'SELECT DISTINCT account_id FROM queue WHERE state = 4' };
const IDLE: Statement = {
  name: 'dispatch_idle',
  text: `SELECT NOT EXISTS (SELECT FROM queue WHERE state IN (0, 5) AND run_at <= $1 AND (expires_at > $1 OR (run_at > $2 AND run_at < expires_at)))
      AND NOT EXISTS (SELECT FROM queue WHERE expires_at <= $1) AND NOT EXISTS (SELECT FROM queue WHERE state = 1 AND run_at <= $1) AS idle`,
};

/** What the queue needs of its process. */
export interface QueueStoreParts {
  readonly db: Database;
  /** Business time. */
  readonly clock: Clock;
  /** Real time: leases. */
  readonly wall: Clock;
  readonly monotonic: Monotonic;
  readonly faults: Faults;
  readonly wake: Wake;
}

/** The queue in Postgres: leases over lanes in turn, finishes joined into one statement. */
export class PgQueueStore implements QueueStore {
  private cursor = { site: '', account: NIL };
  private readonly finishes: Coalescer<Finish, boolean>;

  constructor(private readonly parts: QueueStoreParts) {
    this.finishes = new Coalescer({ send: (batch) => this.write(batch), sizeOf: sizeOf, minGapMs: 10, maxWaitingItems: 5_000, splitOnFailure: (error) => !isAppError(error), monotonic: parts.monotonic });
  }

  async lease(request: LeaseRequest): Promise<LeasedRecipient[]> {
    for (let round = 1; ; round++) {
      const { rows, complete } = await this.leaseLanes(request);
      if (rows.length > 0 || complete || round === MAX_ROUNDS) return rows;
    }
  }

  private async leaseLanes({ limit, free, defaultFree, since }: LeaseRequest): Promise<{ rows: LeasedRecipient[]; complete: boolean }> {
    const token = randomUUID();
    const { now, wall, until, endsAt } = this.times();
    const { rows } = await this.parts.db.query<LeasedRow & { last_site: string; last_account: string; complete: boolean }>(LEASE, [
      now, wall, until, token, limit, since, [...free.keys()], [...free.values()], defaultFree, this.cursor.site, this.cursor.account,
    ]);
    const [first] = rows;
    if (first) this.cursor = { site: first.last_site, account: first.last_account };
    return { complete: first?.complete ?? true, rows: rows.flatMap((row) => ((row.message_id as string | null) === null ? [] : [toLeased(row, token, endsAt)])) };
  }

  async leaseOther(kind: OtherEnd, limit: number, since: Date, accountIds: readonly string[]): Promise<LeasedRecipient[]> {
    const token = randomUUID();
    const { now, wall, until, endsAt } = this.times();
    const { rows } = await this.parts.db.query<LeasedRow>(LEASE_OTHER, [kind, now, wall, until, token, limit, since, accountIds]);
    return rows.map((row) => toLeased(row, token, endsAt));
  }

  async renew(leased: readonly LeasedRecipient[]): Promise<void> {
    const { until, endsAt } = this.times();
    const { rows } = await this.parts.db.query<{ message_id: string; n: number; lease_token: string }>(RENEW, [leased.map(({ messageId }) => messageId), leased.map(({ n }) => n), leased.map(({ token }) => token), until]);
    const ours = new Set(rows.map(({ message_id: id, n, lease_token: token }) => `${id} ${n} ${token}`));
    for (const row of leased) row.leaseEndsAt = ours.has(`${row.messageId} ${row.n} ${row.token}`) ? endsAt : Number.NEGATIVE_INFINITY;
  }

  finish(finish: Finish): Promise<boolean> {
    return this.finishes.submit(finish);
  }

  async pause(accountIds: readonly string[], limit: number): Promise<number> {
    return (await this.parts.db.query(PAUSE, [accountIds, this.parts.wall.now(), limit])).rowCount;
  }

  async resume(accountIds: readonly string[], limit: number): Promise<number> {
    return (await this.parts.db.query(RESUME, [accountIds, limit, this.parts.clock.now()])).rowCount;
  }

  async ripen(limit: number): Promise<number> {
    return (await this.parts.db.query(RIPEN, [this.parts.clock.now(), this.parts.wall.now(), limit])).rowCount;
  }

  async pausedAccounts(): Promise<string[]> {
    return (await this.parts.db.query<{ account_id: string }>(PAUSED)).rows.map(({ account_id: id }) => id);
  }

  async idle(since: Date): Promise<boolean> {
    return (await this.parts.db.query<{ idle: boolean }>(IDLE, [this.parts.clock.now(), since])).rows[0]?.idle ?? false;
  }

  /** Writes what waits, then takes no more. */
  close(): Promise<void> {
    return this.finishes.close();
  }

  private times(): { now: Date; wall: Date; until: Date; endsAt: number } {
    const wall = this.parts.wall.now();
    // From before the statement: the lease is never thought longer than it is.
    return { now: this.parts.clock.now(), wall, until: new Date(wall.getTime() + LEASE_MS), endsAt: this.parts.monotonic.now() + LEASE_MS };
  }

  private async write(batch: readonly Finish[]): Promise<boolean[]> {
    const { db, faults, wake } = this.parts;
    const values = finishValues(batch, this.parts.clock.now());
    await faults.point('finish.before-commit');
    const run = async (): Promise<Set<number>> => new Set((await db.query<{ item: number }>(FINISH, values)).rows.map(({ item }) => item));
    let unknown = false;
    const done = await run().catch((error: unknown) => {
      if (!isCommitUnknown(error)) throw error;
      unknown = true; // the same tokens on a new connection: what is gone was done
      return run();
    });
    await faults.point('finish.after-commit');
    if (batch.some(({ steps }) => steps.length > 0)) wake.signal('outbox:mail');
    return batch.map((_, index) => unknown || done.has(index + 1));
  }
}

function sizeOf({ attempt }: Finish): number {
  return 500 + (attempt?.facts.transcript.reduce((sum, { line }) => sum + line.length + 16, 0) ?? 0);
}
