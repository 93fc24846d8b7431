import { randomUUID } from 'node:crypto';
import { systemMonotonic, type Clock, type Monotonic } from '@nexoramail/kernel';
import type { EventBus } from '../bus/event-bus.js';
import { systemTimers, type Timers } from '../bus/timers.js';
import type { Faults } from '../faults/faults.js';
import type { Wake } from '../lifecycle/wake.js';
import type { Logger } from '../log/logger.js';
import type { Database } from '../postgres/database.js';
import { claimOutbox, finishOutbox, isOutboxPending, type OutboxRow } from './outbox-store.js';
import { Pauses, Streak } from './pauses.js';
import { ShardLeases } from './shard-leases.js';

const BATCH_ROWS = 500;
const BATCH_BYTES = 1024 * 1024;
/** Rows in hand at most: what a slow or failing group may hold in memory. */
const MAX_IN_HAND = 2000;
const POLL_MS = 250;
const STOP_WAIT_MS = 5000;

/** What a relay needs; the rest has good defaults. */
export interface OutboxRelayOptions {
  readonly db: Database;
  readonly bus: EventBus;
  /** Real time: leases. */
  readonly wall: Clock;
  /** Business time: `published_at`. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wake: Wake;
  readonly schema: string;
  /** Local bus: rows go when every group has acknowledged. Kafka: rows stay, marked, until their day is dropped. */
  readonly keep?: 'delete' | 'mark';
  /** Stable where only one process can be, so that a restart after kill -9 waits for no lease; random unless told. */
  readonly owner?: string;
  readonly leaseMs?: number;
  /** Least time between two claims under load, so that they come in groups; an idle relay claims at once. 20 ms unless told. */
  readonly minGapMs?: number;
  /** Points `relay.<schema>.before-publish` (rows claimed) and `relay.<schema>.after-publish` (acknowledged, rows still there). */
  readonly faults?: Faults;
  readonly timers?: Timers;
  readonly monotonic?: Monotonic;
}

/**
 * Moves one schema's outbox to the bus: at least once, in order per key. Rows are claimed by state, so those committed out of id order
 * are never passed over. A kill between publish and delete publishes again; consumers dedupe by event id.
 */
export class OutboxRelay {
  private readonly leases: ShardLeases;
  private readonly timers: Timers;
  private readonly monotonic: Monotonic;
  private readonly pauses: Pauses;
  private readonly reading: Streak;
  private readonly sending: Streak;
  private readonly removing: Streak;
  private readonly inHand = new Map<number, OutboxRow>();
  private readonly publishing = new Set<Promise<void>>();
  private acknowledged: OutboxRow[] = [];
  private finishing: Promise<void> | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  private dirty = true;
  private lastClaim = -Infinity;
  private round = 0;
  private endWake: (() => void) | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.timers = options.timers ?? systemTimers;
    this.monotonic = options.monotonic ?? systemMonotonic;
    this.pauses = new Pauses(this.timers);
    const logger = options.logger.child({ schema: options.schema });
    this.reading = new Streak(this.pauses, logger, 'The outbox cannot be read');
    this.sending = new Streak(this.pauses, logger, 'The outbox cannot be published');
    this.removing = new Streak(this.pauses, logger, 'Published outbox rows cannot be removed');
    this.leases = new ShardLeases(options.db, options.wall, options.owner ?? randomUUID(), options.leaseMs ?? 6000);
  }

  /** Begins to relay; later calls do nothing. */
  start(): void {
    if (this.running) return;
    this.endWake = this.options.wake.on(`outbox:${this.options.schema}`, () => {
      this.dirty = true;
      this.pauses.endIdle(); // a back-off goes on: news do not bring a database back
    });
    this.running = this.run();
  }

  /** Claims nothing more, waits up to 5 s for what is in hand, gives the shards back. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.stopping = true;
    this.endWake?.();
    this.pauses.close();
    await this.running;
    const timeUp = Promise.withResolvers<void>();
    const cancel = this.timers.after(STOP_WAIT_MS, timeUp.resolve);
    await Promise.race([timeUp.promise, Promise.allSettled(this.publishing).then(() => this.finishing)]);
    cancel();
    await this.leases.leave().catch(() => undefined); // the lease ends by itself
  }

  /** True when no row is unpublished or in hand: nothing of this schema is on its way. */
  async idle(): Promise<boolean> {
    return this.inHand.size === 0 && !(await isOutboxPending(this.options.db));
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.leases.refresh();
        const waitMs = await this.claim();
        this.reading.ended();
        if (waitMs > 0) await this.pauses.idle(Math.min(waitMs, this.leases.dueInMs + 1));
      } catch (error) {
        this.dirty = true;
        await this.reading.failed(error);
      }
    }
  }

  /** Claims when there is news or a poll is due, and answers how long to wait before the next look. */
  private async claim(): Promise<number> {
    const { db, minGapMs = 20 } = this.options;
    const sinceLast = this.monotonic.now() - this.lastClaim;
    const gap = this.dirty ? minGapMs : POLL_MS;
    if (sinceLast < gap) return gap - sinceLast;
    const room = Math.min(BATCH_ROWS, MAX_IN_HAND - this.inHand.size);
    const shards = this.claimable();
    if (room <= 0 || shards.length === 0) return POLL_MS; // rows that leave our hands end this wait
    this.dirty = false;
    const rows = await claimOutbox(db, shards, [...this.inHand.keys()], room, BATCH_BYTES);
    // Each shard by itself: a record that is being retried keeps back the deletion of its own shard's rows only.
    for (const ofShard of Map.groupBy(rows, ({ shard }) => shard).values()) this.publish(ofShard);
    this.lastClaim = this.monotonic.now();
    if (rows.length < room && bytesOf(rows) < BATCH_BYTES) return POLL_MS;
    this.dirty = true;
    this.lastClaim = -Infinity; // a backlog: no gap
    return 0;
  }

  /** Another shard first each time. With Kafka a shard has one batch on its way, as a failed one would be overtaken; the local bus keeps order itself. */
  private claimable(): number[] {
    const busy = this.options.keep === 'mark' ? new Set([...this.inHand.values()].map(({ shard }) => shard)) : new Set<number>();
    const shards = this.leases.owned.filter((shard) => !busy.has(shard));
    const turn = this.round++ % Math.max(1, shards.length);
    return [...shards.slice(turn), ...shards.slice(0, turn)];
  }

  private publish(rows: readonly OutboxRow[]): void {
    for (const row of rows) this.inHand.set(row.id, row);
    const publishing = this.send(rows).then(
      () => {
        this.sending.ended();
        this.acknowledged.push(...rows);
        this.finishing ??= Promise.resolve().then(() => this.finish());
      },
      async (error: unknown) => {
        await this.sending.failed(error);
        this.release(rows);
      },
    ).finally(() => this.publishing.delete(publishing));
    this.publishing.add(publishing);
  }

  private async send(rows: readonly OutboxRow[]): Promise<void> {
    const { bus, faults, schema } = this.options;
    await faults?.point(`relay.${schema}.before-publish`);
    await bus.publish(rows.map(({ record }) => record));
    await faults?.point(`relay.${schema}.after-publish`);
  }

  /** Removes what has been acknowledged, in one statement for all shards; repeats while the database is away. */
  private async finish(): Promise<void> {
    while (this.acknowledged.length > 0) {
      const rows = this.acknowledged;
      this.acknowledged = [];
      try {
        await finishOutbox(this.options.db, rows, this.options.keep === 'mark' ? this.options.clock.now() : undefined);
        this.removing.ended();
        this.release(rows);
      } catch (error) {
        if (this.stopping) break; // published again after the next start
        this.acknowledged.unshift(...rows);
        await this.removing.failed(error);
      }
    }
    this.finishing = undefined;
  }

  private release(rows: readonly OutboxRow[]): void {
    const wasFull = this.inHand.size >= MAX_IN_HAND || this.options.keep === 'mark';
    for (const { id } of rows) this.inHand.delete(id);
    if (!wasFull) return;
    this.dirty = true;
    this.pauses.endIdle();
  }
}

const bytesOf = (rows: readonly OutboxRow[]): number => rows.reduce((sum, { record }) => sum + record.payload.byteLength + 200, 0);
