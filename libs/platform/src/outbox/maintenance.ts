import { randomUUID } from 'node:crypto';
import { isAppError, type Clock } from '@nexoramail/kernel';
import { systemTimers, type Timers } from '../bus/timers.js';
import type { Settle } from '../lifecycle/settle.js';
import type { Logger } from '../log/logger.js';
import type { Database } from '../postgres/database.js';
import { LeaseRow } from '../postgres/lease-row.js';
import { maintainPartitions, type PartitionedTable } from '../postgres/partitions.js';
import type { Statement } from '../postgres/sql.js';

const EVERY_MS = 3_600_000;
const LOOK_MS = 1000;
const LEASE_MS = 60_000;
const INBOX_DAYS = 7;
const INBOX_BATCH = 5000;
const DAY_MS = 86_400_000;

/** The outbox: a day goes three days after its end, unless it holds something unpublished. */
export const OUTBOX_TABLE: PartitionedTable = { name: 'outbox', column: 'day', retentionDays: 3, keepWhile: 'published_at IS NULL' };

const FORGET_INBOX: Statement = {
  name: 'inbox_forget',
  text: `DELETE FROM inbox WHERE ctid = ANY (ARRAY (SELECT ctid FROM inbox WHERE handled_at < $1 LIMIT $2))`,
};

/** What the upkeep of a schema needs. */
export interface MaintenanceOptions {
  readonly db: Database;
  /** Real time: the lease. */
  readonly wall: Clock;
  /** Business time: retention and partitions follow it. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly schema: string;
  /** Partitioned tables of the context; the outbox needs no mention. */
  readonly tables?: readonly PartitionedTable[];
  /** Makes a jump of the test clock wait for the upkeep that it makes due. */
  readonly settle?: Settle;
  readonly owner?: string;
  readonly timers?: Timers;
}

/**
 * Hourly upkeep of one schema (by the business clock, also at once after it jumps), by one replica at a time: partitions ahead, partitions
 * past retention, inbox rows older than 7 days. A failure is logged and repeated at the next look, a second later at the earliest.
 */
export class Maintenance {
  private readonly lease: LeaseRow;
  private readonly tables: readonly PartitionedTable[];
  private nextRun = -Infinity;
  private running: Promise<void> | undefined;
  private stopped = false;
  private failures = 0;
  private cancel: (() => void) | undefined;
  private unregister: (() => void) | undefined;

  constructor(private readonly options: MaintenanceOptions) {
    const { db, wall, owner = randomUUID(), tables = [] } = options;
    this.lease = new LeaseRow(db, wall, { name: 'maintenance', owner, ttlMs: LEASE_MS });
    this.tables = [OUTBOX_TABLE, ...tables];
  }

  /** Runs once before it resolves, so that today's partitions exist before the service serves; throws when that fails. */
  async start(): Promise<void> {
    this.unregister = this.options.settle?.register(`maintenance:${this.options.schema}`, () => Promise.resolve(!this.due && this.running === undefined));
    await this.runOnce();
    this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    this.unregister?.();
    await this.running;
    await this.lease.release().catch(() => undefined);
  }

  /** One round now, unless another replica holds the lease. Throws what went wrong. */
  async runOnce(): Promise<void> {
    const now = this.options.clock.now();
    if (await this.lease.acquire()) {
      for (const table of this.tables) await this.maintain(table, now);
      await this.forgetInbox(now);
      await this.lease.release();
    }
    this.nextRun = now.getTime() + EVERY_MS;
  }

  private get due(): boolean {
    return this.options.clock.now().getTime() >= this.nextRun;
  }

  private look(): void {
    if (this.stopped) return;
    this.cancel = (this.options.timers ?? systemTimers).after(LOOK_MS * Math.min(60, 1 + this.failures), () => {
      if (!this.due) return this.look();
      this.running = this.runOnce().then(() => void (this.failures = 0), (error: unknown) => this.failed(error)).finally(() => {
        this.running = undefined;
        this.look();
      });
    });
  }

  private failed(error: unknown): void {
    this.failures += 1;
    const level = isAppError(error) && error.code === 'temporarily_unavailable' && this.failures < 10 ? 'warn' : 'error';
    this.options.logger[level]({ err: error, schema: this.options.schema }, 'Upkeep of the database failed; trying again');
  }

  private async maintain(table: PartitionedTable, now: Date): Promise<void> {
    const { db, logger, schema } = this.options;
    const { rescued, kept, created, dropped } = await maintainPartitions(db, table, now);
    if (rescued > 0) logger.error({ schema, table: table.name, rows: rescued }, 'Rows had no partition of their own and were moved');
    if (kept.length > 0) logger.error({ schema, table: table.name, partitions: kept }, 'Partitions past their retention still hold rows that must stay');
    if (created.length + dropped.length > 0) logger.debug({ schema, table: table.name, created, dropped }, 'Partitions changed');
    await this.lease.renew();
  }

  private async forgetInbox(now: Date): Promise<void> {
    const before = new Date(now.getTime() - INBOX_DAYS * DAY_MS);
    for (let removed = INBOX_BATCH; removed === INBOX_BATCH && !this.stopped;) {
      ({ rowCount: removed } = await this.options.db.query(FORGET_INBOX, [before, INBOX_BATCH]));
    }
  }
}
