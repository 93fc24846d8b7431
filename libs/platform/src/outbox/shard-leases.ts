import type { Clock } from '@nexoramail/kernel';
import type { Database } from '../postgres/database.js';
import type { Sql, Statement } from '../postgres/sql.js';

/** Shards of every outbox; `outbox_shard(key)` answers one of 0…15. */
export const SHARDS = 16;

// One row per relay carries the lease end, one per shard its owner: prolonging sixteen leases writes one row.
const BEAT: Statement = {
  name: 'relay_beat',
  text: `WITH beat AS (UPDATE job SET until = $2 WHERE name = 'relay:' || $1 AND owner = $1)
    SELECT name, owner, until > $3 AS live FROM job WHERE name LIKE 'relay:%' OR name LIKE 'relay-shard:%'`,
};
const JOIN: Statement = { name: 'relay_join', text: `INSERT INTO job (name, owner, until) VALUES ('relay:' || $1, $1, $2) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until` };
/** Moves of shards are one at a time, so that two relays never take the same one. */
const GATE: Statement = { name: 'relay_gate', text: `INSERT INTO job (name) VALUES ('relay-gate') ON CONFLICT (name) DO UPDATE SET owner = NULL` };
const TAKE: Statement = {
  name: 'relay_take',
  text: `INSERT INTO job (name, owner) SELECT 'relay-shard:' || s, $1 FROM unnest($2::int[]) s ON CONFLICT (name) DO UPDATE SET owner = excluded.owner`,
};
const GIVE: Statement = { name: 'relay_give', text: `UPDATE job SET owner = NULL WHERE owner = $1 AND name = ANY (SELECT 'relay-shard:' || s FROM unnest($2::int[]) s)` };
const LEAVE: Statement = { name: 'relay_leave', text: `WITH gone AS (DELETE FROM job WHERE name = 'relay:' || $1) UPDATE job SET owner = NULL WHERE owner = $1 AND name LIKE 'relay-shard:%'` };
/** Rows of relays that ended long ago. */
const FORGET: Statement = { name: 'relay_forget', text: `DELETE FROM job WHERE name LIKE 'relay:%' AND until < $1` };

interface JobRow {
  readonly name: string;
  readonly owner: string | null;
  readonly live: boolean;
}

/** Which shards to give back, which to take, by what table `job` says: every live relay holds its even part. Pure. */
export function planShards(owner: string, rows: readonly JobRow[]): { joined: boolean; owned: number[]; take: number[]; give: number[] } {
  const relays = rows.filter(({ name }) => name.startsWith('relay:'));
  const live = new Set(relays.filter((row) => row.live).map((row) => row.owner));
  const joined = live.has(owner);
  live.add(owner);
  const owners = new Map(rows.filter(({ name }) => name.startsWith('relay-shard:')).map((row) => [Number(row.name.slice('relay-shard:'.length)), row.owner]));
  const all = Array.from({ length: SHARDS }, (_, shard) => shard);
  const owned = all.filter((shard) => owners.get(shard) === owner);
  const free = all.filter((shard) => !live.has(owners.get(shard) ?? null));
  const share = Math.ceil(SHARDS / live.size);
  return { joined, owned, take: free.slice(0, Math.max(0, share - owned.length)), give: owned.slice(share) };
}

/**
 * This relay's leases on the sixteen shards of one outbox. `wall` is the real clock. A killed relay's shards are free when its `ttlMs`
 * is over; with a stable `owner` (one process per folder) a restart has them at once.
 */
export class ShardLeases {
  private shards: number[] = [];
  private validUntil = -Infinity;
  private renewAt = -Infinity;

  constructor(private readonly db: Database, private readonly wall: Clock, private readonly owner: string, private readonly ttlMs: number) {}

  /** Shards this relay may claim from now; none when the lease could not be prolonged in time. */
  get owned(): readonly number[] {
    return this.wall.now().getTime() < this.validUntil ? this.shards : [];
  }

  /** Prolongs the leases, and moves shards, when a third of `ttlMs` has passed since the last time. */
  async refresh(): Promise<void> {
    const now = this.wall.now().getTime();
    // A clock set back must not stop the renewals.
    if (now < this.renewAt && this.renewAt - now <= this.ttlMs) return;
    let plan = planShards(this.owner, await this.read(this.db, now));
    if (!plan.joined || plan.take.length > 0 || plan.give.length > 0) plan = await this.move(now);
    this.shards = plan.owned;
    this.validUntil = now + this.ttlMs * 0.8; // another's clock may run ahead of ours
    this.renewAt = now + this.ttlMs / 3;
  }

  /** Milliseconds until {@link refresh} has something to do. */
  get dueInMs(): number {
    return Math.max(0, this.renewAt - this.wall.now().getTime());
  }

  /** Gives all shards back. */
  async leave(): Promise<void> {
    this.validUntil = -Infinity;
    await this.db.query(LEAVE, [this.owner]);
  }

  private async read(sql: Sql, now: number): Promise<JobRow[]> {
    return (await sql.query<JobRow & object>(BEAT, [this.owner, new Date(now + this.ttlMs), new Date(now)])).rows;
  }

  private move(now: number): Promise<ReturnType<typeof planShards>> {
    return this.db.transaction(async (tx) => {
      await tx.query(GATE);
      await tx.query(JOIN, [this.owner, new Date(now + this.ttlMs)]);
      await tx.query(FORGET, [new Date(now - 60 * this.ttlMs)]);
      const plan = planShards(this.owner, await this.read(tx, now));
      if (plan.give.length > 0) await tx.query(GIVE, [this.owner, plan.give]);
      if (plan.take.length > 0) await tx.query(TAKE, [this.owner, plan.take]);
      return { ...plan, owned: [...plan.owned.filter((shard) => !plan.give.includes(shard)), ...plan.take] };
    });
  }
}
