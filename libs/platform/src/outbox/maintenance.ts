import { randomUUID } from 'node:crypto';
import type { Clock } from '@nexoramail/kernel';
import type { Timers } from '../bus/timers.js';
import { BusinessLoop } from '../lifecycle/business-loop.js';
import type { Settle } from '../lifecycle/settle.js';
import type { Logger } from '../log/logger.js';
import type { Database } from '../postgres/database.js';
import { LeaseRow } from '../postgres/lease-row.js';
import { maintainPartitions, type PartitionedTable } from '../postgres/partitions.js';
import type { Statement } from '../postgres/sql.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { DeadLetterAlarm } from './dead-letter-alarm.js';

const EVERY_MS = 3_600_000;
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
  readonly settle: Settle;
  /** Shows the number of dead letters. */
  readonly telemetry?: Telemetry;
  readonly owner?: string;
  readonly timers?: Timers;
}

/**
 * Hourly upkeep of one schema (by the business clock, also at once after it jumps), by one replica at a time: partitions ahead, partitions
 * past retention, inbox rows older than 7 days. Each replica also tells of dead letters. A failure is logged and repeated.
 */
export class Maintenance {
  private readonly lease: LeaseRow;
  private readonly tables: readonly PartitionedTable[];
  private readonly loop: BusinessLoop;
  private readonly deadLetters: DeadLetterAlarm;
  private stopped = false;

  constructor(private readonly options: MaintenanceOptions) {
    const { db, wall, clock, logger, settle, timers, schema, owner = randomUUID(), tables = [] } = options;
    this.lease = new LeaseRow(db, wall, { name: 'maintenance', owner, ttlMs: LEASE_MS });
    this.tables = [OUTBOX_TABLE, ...tables];
    this.deadLetters = new DeadLetterAlarm(options);
    this.loop = new BusinessLoop({ name: `maintenance:${schema}`, everyMs: EVERY_MS, clock, logger, settle, run: (now) => this.run(now), ...(timers && { timers }) });
  }

  /** Runs once before it resolves, so that today's partitions exist before the service serves; throws when that fails. */
  async start(): Promise<void> {
    await this.runOnce();
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop.stop();
    await this.lease.release().catch(() => undefined);
  }

  /** One round now; what another replica does under its lease is left to it. Throws what went wrong. */
  runOnce(): Promise<void> {
    return this.loop.runOnce();
  }

  private async run(now: Date): Promise<boolean> {
    if (await this.lease.acquire()) {
      for (const table of this.tables) await this.maintain(table, now);
      await this.forgetInbox(now);
      await this.lease.release();
    }
    await this.deadLetters.check();
    return false;
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
