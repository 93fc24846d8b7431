import type { WebhooksChange } from '@nexoramail/contracts';
import type { Database, Sql, Statement, UnitOfWork } from '@nexoramail/platform';
import type { DeliveryStore, Lease, LeasedPost, PostOutcome } from '../application/ports.js';
import type { EndpointChange } from '../domain/endpoint.js';
import type { SecretBox } from './secret-box.js';
import { keysOf } from './targets.js';

// The recursion hops over the index from one endpoint with waiting posts to the next: its cost follows their number, not that of the posts.
const LEASE: Statement = {
  name: 'delivery_lease',
  text: `WITH RECURSIVE lane (id) AS (
      (SELECT endpoint_id FROM delivery WHERE NOT exhausted ORDER BY endpoint_id LIMIT 1)
      UNION ALL
      SELECT (SELECT d.endpoint_id FROM delivery d WHERE NOT d.exhausted AND d.endpoint_id > lane.id ORDER BY d.endpoint_id LIMIT 1)
      FROM lane WHERE lane.id IS NOT NULL),
    due AS MATERIALIZED (
      SELECT d.* FROM lane JOIN endpoint e ON e.id = lane.id
      LEFT JOIN unnest($5::uuid[], $6::int[]) AS b (id, free) ON b.id = e.id
      CROSS JOIN LATERAL (
        SELECT d.endpoint_id, d.event_id, d.payload_day FROM delivery d
        WHERE d.endpoint_id = e.id AND NOT d.exhausted AND d.run_at <= $1 AND (d.lease_until IS NULL OR d.lease_until <= $2)
        ORDER BY d.run_at LIMIT coalesce(b.free, CASE WHEN e.failing_since IS NULL THEN $7::int ELSE 1 END) FOR UPDATE SKIP LOCKED) d
      WHERE e.status = 'active' AND (e.throttled_until IS NULL OR e.throttled_until <= $1)
      LIMIT $8)
    UPDATE delivery d SET lease_token = $3, lease_until = $4
    FROM due JOIN payload p ON p.day = due.payload_day AND p.event_id = due.event_id JOIN endpoint e ON e.id = due.endpoint_id
    WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
    RETURNING d.endpoint_id, d.event_id, d.type, d.tries, d.created_at, p.body, e.url, e.failing_since IS NOT NULL AS failing`,
};
const ANY_DUE: Statement = {
  name: 'delivery_any_due',
  text: `SELECT EXISTS (SELECT FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id
    WHERE NOT d.exhausted AND d.run_at <= $1 AND e.status = 'active' AND (e.throttled_until IS NULL OR e.throttled_until <= $1)) AS due`,
};
const RELEASE: Statement = {
  name: 'delivery_release',
  text: `UPDATE delivery d SET lease_token = NULL, lease_until = NULL FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS g (endpoint_id, event_id, token)
    WHERE d.endpoint_id = g.endpoint_id AND d.event_id = g.event_id AND d.lease_token = g.token`,
};
const RELEASE_ALL: Statement = { name: 'delivery_release_all', text: 'UPDATE delivery SET lease_token = NULL, lease_until = NULL WHERE lease_token IS NOT NULL' };
const FORGET: Statement = { name: 'delivery_forget', text: 'DELETE FROM delivery WHERE payload_day < $1::date' };

const ADD_ATTEMPTS: Statement = {
  name: 'finish_add_attempts',
  text: `INSERT INTO attempt (day, id, endpoint_id, event_id, event_type, n, at, status, duration_ms, error, response_head, next_attempt_at)
    SELECT (g.at AT TIME ZONE 'UTC')::date, g.* FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[], $7::smallint[],
      $8::int[], $9::text[], $10::text[], $11::timestamptz[]) AS g (id, endpoint_id, event_id, event_type, n, at, status, duration_ms, error, response_head, next_attempt_at)`,
};
const REMOVE: Statement = {
  name: 'finish_remove',
  text: `DELETE FROM delivery d USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS g (endpoint_id, event_id, token)
    WHERE d.endpoint_id = g.endpoint_id AND d.event_id = g.event_id AND d.lease_token = g.token`,
};
const RESCHEDULE: Statement = {
  name: 'finish_reschedule',
  text: `UPDATE delivery d SET tries = g.n, run_at = coalesce(g.next, d.run_at), exhausted = g.next IS NULL, lease_token = NULL, lease_until = NULL
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::smallint[], $5::timestamptz[]) AS g (endpoint_id, event_id, token, n, next)
    WHERE d.endpoint_id = g.endpoint_id AND d.event_id = g.event_id AND d.lease_token = g.token
    RETURNING d.endpoint_id, d.created_at, d.exhausted`,
};
const RECOVER: Statement = { name: 'finish_recover', text: 'UPDATE endpoint SET failing_since = NULL WHERE id = ANY ($1::uuid[]) AND failing_since IS NOT NULL RETURNING id' };
// An endpoint that works again gets what waits for it now, not hours later when the schedule would have come to it.
const PULL_FORWARD: Statement = {
  name: 'finish_pull_forward',
  text: 'UPDATE delivery SET run_at = $2 WHERE endpoint_id = ANY ($1::uuid[]) AND NOT exhausted AND run_at > $2 AND lease_token IS NULL',
};
const FAIL: Statement = {
  name: 'finish_fail',
  text: `UPDATE endpoint e SET failing_since = coalesce(e.failing_since, g.at), throttled_until = greatest(e.throttled_until, g.until)
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS g (id, at, until) WHERE e.id = g.id`,
};
// Paused only when nothing has succeeded since the given-up event came: one event that an endpoint cannot take does not stop the others.
const STOP: Statement = {
  name: 'finish_stop',
  text: `UPDATE endpoint e SET status = g.status, status_reason = g.reason FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS g (id, status, reason, since)
    WHERE e.id = g.id AND e.status = 'active' AND (g.since IS NULL OR e.failing_since <= g.since + interval '1 minute')
    RETURNING e.id, e.account_id, e.mode, e.status, e.status_reason`,
};

interface LeasedRow {
  endpoint_id: string;
  event_id: string;
  type: string;
  tries: number;
  created_at: Date;
  body: Buffer;
  url: string;
  failing: boolean;
}

type Stop = { readonly id: string; readonly status: 'paused' | 'disabled'; readonly reason: string; readonly since: Date | null };

/** Waiting posts in table `delivery`. */
export class PgDeliveryStore implements DeliveryStore {
  constructor(private readonly db: Database, private readonly box: SecretBox, private readonly work: UnitOfWork<WebhooksChange>) {}

  async lease(o: { now: Date; wall: Date; lease: Lease; busy: ReadonlyMap<string, number>; perEndpoint: number; limit: number }): Promise<LeasedPost[]> {
    const { now, wall, lease, busy, perEndpoint, limit } = o;
    const { rows } = await this.db.query<LeasedRow>(LEASE, [now, wall, lease.token, lease.until, [...busy.keys()], [...busy.values()], perEndpoint, limit]);
    const keys = await keysOf(this.db, this.box, rows.map((row) => row.endpoint_id), now);
    return rows.map((row) => ({
      target: { endpointId: row.endpoint_id, url: row.url, failing: row.failing, keys: keys.get(row.endpoint_id) ?? [] },
      eventId: row.event_id, type: row.type, body: row.body, tries: row.tries, createdAt: row.created_at, token: lease.token, leaseUntil: lease.until.getTime(),
    }));
  }

  async finish(outcomes: readonly PostOutcome[], now: Date): Promise<void> {
    const succeeded = outcomes.filter(({ kind }) => kind === 'succeeded');
    const failed = outcomes.filter(({ kind }) => kind === 'failed');
    // The last result of a batch tells how an endpoint is.
    const last = new Map(outcomes.map((outcome) => [outcome.post.target.endpointId, outcome]));
    await this.work.run(now, async (tx, publish) => {
      await addAttempts(tx, outcomes);
      if (succeeded.length > 0) await tx.query(REMOVE, keysOfPosts(succeeded.map(({ post }) => post)));
      const stops = failed.length > 0 ? await this.reschedule(tx, failed) : [];
      await recover(tx, [...last.values()].filter(({ kind }) => kind === 'succeeded').map(({ post }) => post.target.endpointId).sort(), now);
      await fail(tx, [...last.values()].filter(({ kind }) => kind === 'failed'));
      for (const change of await this.stop(tx, stops, now)) publish(change);
    });
  }

  async release(posts: readonly LeasedPost[]): Promise<void> {
    await this.db.query(RELEASE, keysOfPosts(posts));
  }

  /** Ends all leases: only where this process is the only one (the embedded default), at its start. */
  async releaseAll(): Promise<void> {
    await this.db.query(RELEASE_ALL);
  }

  async anyDue(now: Date): Promise<boolean> {
    const { rows } = await this.db.query<{ due: boolean }>(ANY_DUE, [now]);
    return rows[0]?.due ?? false;
  }

  async forget(before: Date): Promise<void> {
    await this.db.query(FORGET, [before.toISOString().slice(0, 10)]);
  }

  private async reschedule(tx: Sql, failed: readonly PostOutcome[]): Promise<Stop[]> {
    const { rows } = await tx.query<{ endpoint_id: string; created_at: Date; exhausted: boolean }>(RESCHEDULE, [
      ...keysOfPosts(failed.map(({ post }) => post)), failed.map(({ attempt }) => attempt.n), failed.map(({ attempt }) => attempt.nextAttemptAt ?? null),
    ]);
    const gone = failed.filter((outcome) => outcome.gone).map(({ post }): Stop => ({ id: post.target.endpointId, status: 'disabled', reason: 'endpoint_gone', since: null }));
    const given = rows.filter(({ exhausted }) => exhausted).map((row): Stop => ({ id: row.endpoint_id, status: 'paused', reason: 'retries_exhausted', since: row.created_at }));
    return [...gone, ...given];
  }

  private async stop(tx: Sql, stops: readonly Stop[], now: Date): Promise<EndpointChange[]> {
    if (stops.length === 0) return [];
    const { rows } = await tx.query<{ id: string; account_id: string; mode: string; status: EndpointChange['status']; status_reason: string }>(STOP, [
      stops.map(({ id }) => id), stops.map(({ status }) => status), stops.map(({ reason }) => reason), stops.map(({ since }) => since),
    ]);
    return rows.map(({ id, account_id: accountId, mode, status, status_reason: reason }) => ({ accountId, mode, endpointId: id, status, reason, at: now }));
  }
}

const keysOfPosts = (posts: readonly LeasedPost[]): unknown[] => [posts.map(({ target }) => target.endpointId), posts.map(({ eventId }) => eventId), posts.map(({ token }) => token)];

async function addAttempts(tx: Sql, outcomes: readonly PostOutcome[]): Promise<void> {
  const attempts = outcomes.map(({ attempt }) => attempt);
  await tx.query(ADD_ATTEMPTS, [
    attempts.map(({ id }) => id), outcomes.map(({ post }) => post.target.endpointId), attempts.map(({ eventId }) => eventId), attempts.map(({ eventType }) => eventType),
    attempts.map(({ n }) => n), attempts.map(({ at }) => at), attempts.map(({ status }) => status), attempts.map(({ durationMs }) => durationMs),
    attempts.map(({ error }) => error), attempts.map(({ responseHead }) => responseHead), attempts.map(({ nextAttemptAt }) => nextAttemptAt ?? null),
  ]);
}

async function recover(tx: Sql, endpointIds: readonly string[], now: Date): Promise<void> {
  if (endpointIds.length === 0) return;
  const { rows } = await tx.query<{ id: string }>(RECOVER, [endpointIds]);
  if (rows.length > 0) await tx.query(PULL_FORWARD, [rows.map(({ id }) => id), now]);
}

async function fail(tx: Sql, failed: readonly PostOutcome[]): Promise<void> {
  if (failed.length === 0) return;
  await tx.query(FAIL, [failed.map(({ post }) => post.target.endpointId), failed.map(({ attempt }) => attempt.at), failed.map(({ throttledUntil }) => throttledUntil ?? null)]);
}
