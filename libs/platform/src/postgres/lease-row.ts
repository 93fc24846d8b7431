import { randomUUID } from 'node:crypto';
import type { Clock } from '@nexoramail/kernel';
import type { Sql, Statement } from './sql.js';

const ACQUIRE: Statement = {
  name: 'job_acquire',
  text: `INSERT INTO job (name, owner, until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE job.owner IS NULL OR job.owner = excluded.owner OR job.until <= $4`,
};
const RENEW: Statement = { name: 'job_renew', text: 'UPDATE job SET until = $3 WHERE name = $1 AND owner = $2' };
const RELEASE: Statement = { name: 'job_release', text: `UPDATE job SET owner = NULL, until = '-infinity' WHERE name = $1 AND owner = $2` };

/** Who wants which lease. `ttlMs` is real time: the work stands still this long after its holder was killed. */
export interface LeaseRowOptions {
  readonly name: string;
  /** Unique per process, or stable where only one process can be (the embedded default): then a restart takes its lease back at once. */
  readonly owner: string;
  readonly ttlMs: number;
}

/** A process's name as an owner of leases. Embedded, one process only can hold the data folder: the next one takes the leases of a killed one back at once. */
export const leaseOwner = (env: 'embedded' | 'cluster'): string => (env === 'embedded' ? 'embedded' : randomUUID());

/**
 * A lease on singleton work: a row of table `job`. `wall` is the real clock, never the business clock. The lease does not fence: renew
 * well before `ttlMs` is over, and make the work safe to do twice.
 */
export class LeaseRow {
  constructor(private readonly db: Sql, private readonly wall: Clock, private readonly options: LeaseRowOptions) {}

  /** Takes the lease when it is free, expired or already ours. */
  async acquire(): Promise<boolean> {
    const now = this.wall.now();
    const { rowCount } = await this.db.query(ACQUIRE, [this.options.name, this.options.owner, this.end(now), now]);
    return rowCount === 1;
  }

  /** Prolongs it. False: another holds it now, stop the work. */
  async renew(): Promise<boolean> {
    const { rowCount } = await this.db.query(RENEW, [this.options.name, this.options.owner, this.end(this.wall.now())]);
    return rowCount === 1;
  }

  /** Gives it back; the row and its `state` stay. */
  async release(): Promise<void> {
    await this.db.query(RELEASE, [this.options.name, this.options.owner]);
  }

  private end(now: Date): Date {
    return new Date(now.getTime() + this.options.ttlMs);
  }
}
