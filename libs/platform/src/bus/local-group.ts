import { AppError, isAppError } from '@nexoramail/kernel';
import { isTimedOut } from '../postgres/database-error.js';
import type { BusRecord, Subscription } from './event-bus.js';
import { backOff, type Timers } from './timers.js';

const MAX_BATCH = 500;
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const MAX_FAILURES = 5;
/** A batch is repeated once as a whole; then its records go alone. */
const BATCH_TRIES = 2;

/** A record on its way to one group; `settle` tells the publisher. */
export interface Delivery {
  readonly record: BusRecord;
  readonly settle: (failure?: Error) => void;
}

/** The records of a key that has failed: they wait in order, while all other keys flow. */
interface Lane {
  readonly waiting: Delivery[];
  failures: number;
  due: boolean;
  cancel: () => void;
}

/** One group's loop over its deliveries: one batch at a time, order per key, retries, parking. */
export class LocalGroup {
  private ready: Delivery[] = [];
  private readonly lanes = new Map<string, Lane>();
  private running: Promise<void> | undefined;
  private wakePause: (() => void) | undefined;
  private closed = false;

  constructor(private readonly subscription: Subscription, private readonly timers: Timers) {}

  accepts(topic: string): boolean {
    return this.subscription.topics.includes(topic);
  }

  push(deliveries: readonly Delivery[]): void {
    this.ready.push(...deliveries);
    this.kick();
  }

  /** Lets the batch in hand end, and gives everything else back to its publishers. */
  async close(): Promise<void> {
    this.closed = true;
    this.wakePause?.();
    await this.running;
    const left = [...this.ready, ...[...this.lanes.values()].flatMap((lane) => { lane.cancel(); return lane.waiting; })];
    this.ready = [];
    this.lanes.clear();
    for (const { settle } of left) settle(closedError(this.subscription.group));
  }

  private kick(): void {
    // A turn later, so that records published together are handled together.
    this.running ??= Promise.resolve().then(() => this.run()).finally(() => {
      this.running = undefined;
      if (!this.closed && this.hasWork()) this.kick();
    });
  }

  private hasWork(): boolean {
    return this.ready.length > 0 || [...this.lanes.values()].some((lane) => lane.due);
  }

  private async run(): Promise<void> {
    while (!this.closed && this.hasWork()) {
      for (const [key, lane] of [...this.lanes]) if (lane.due && !this.closed) await this.retry(key, lane);
      const batch = this.take();
      if (batch.length > 0 && !this.closed) await this.handleBatch(batch);
      else this.ready.unshift(...batch);
    }
  }

  /** The next records whose key has no lane; those of a lane's key join it. */
  private take(): Delivery[] {
    const batch: Delivery[] = [];
    let bytes = 0;
    let used = 0;
    for (const delivery of this.ready) {
      if (batch.length === MAX_BATCH || bytes >= MAX_BATCH_BYTES) break;
      used += 1;
      const lane = this.lanes.get(laneKey(delivery.record));
      if (lane) {
        lane.waiting.push(delivery);
        continue;
      }
      batch.push(delivery);
      bytes += delivery.record.payload.byteLength;
    }
    this.ready = this.ready.slice(used);
    return batch;
  }

  private async handleBatch(batch: readonly Delivery[]): Promise<void> {
    for (let failures = 0; ;) {
      const error = await this.try(batch);
      if (error === undefined) return acknowledge(batch);
      if (this.closed) return this.putBack(batch);
      failures += 1;
      if (batch.length === 1 && batch[0]) return this.openLane(batch[0], failures);
      if (failures === BATCH_TRIES) break;
      await this.pause(backOff(failures, 50, 1000));
    }
    for (const delivery of batch) {
      const lane = this.lanes.get(laneKey(delivery.record));
      if (lane) lane.waiting.push(delivery); // an earlier record of its key has just failed
      else if (this.closed) this.ready.push(delivery);
      else if ((await this.try([delivery])) === undefined) acknowledge([delivery]);
      else this.openLane(delivery, BATCH_TRIES + 1);
    }
  }

  private async retry(key: string, lane: Lane): Promise<void> {
    lane.due = false;
    const [head] = lane.waiting;
    if (head === undefined) return;
    const error = await this.try([head]);
    if (error !== undefined) {
      lane.failures += 1;
      if (this.closed) return;
      if (lane.failures < MAX_FAILURES) return this.schedule(lane);
      if (!(await this.park(head.record, error))) return;
    }
    lane.waiting.shift();
    acknowledge([head]);
    // Records of the key that came meanwhile wait in the lane, so these are older than all of it in `ready`.
    this.lanes.delete(key);
    this.ready.unshift(...lane.waiting);
  }

  /** False when the group was closed before it could be parked. */
  private async park(record: BusRecord, error: Error): Promise<boolean> {
    for (let failures = 1; !this.closed; failures += 1) {
      try {
        await this.subscription.park(record, error);
        return true;
      } catch {
        await this.pause(backOff(failures, 100, 5000));
      }
    }
    return false;
  }

  /** Undefined when handled; the error of a failure that counts. Waits through failures that pass by themselves. */
  private async try(batch: readonly Delivery[]): Promise<Error | undefined> {
    const records = batch.map(({ record }) => record);
    for (let failures = 1; ; failures += 1) {
      try {
        await this.subscription.handle(records);
        return undefined;
      } catch (error) {
        if (this.closed || !passes(error)) return error instanceof Error ? error : new Error(String(error));
        await this.pause(backOff(failures, 100, 5000));
      }
    }
  }

  private openLane(delivery: Delivery, failures: number): void {
    const lane: Lane = { waiting: [delivery], failures, due: false, cancel: () => undefined };
    this.lanes.set(laneKey(delivery.record), lane);
    this.schedule(lane);
  }

  private schedule(lane: Lane): void {
    lane.cancel = this.timers.after(backOff(lane.failures, 100, 5000), () => {
      lane.due = true;
      this.kick();
    });
  }

  private putBack(batch: readonly Delivery[]): void {
    this.ready.unshift(...batch);
  }

  private pause(ms: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel = (): void => undefined;
      this.wakePause = () => {
        this.wakePause = undefined;
        cancel();
        resolve();
      };
      cancel = this.timers.after(ms, this.wakePause);
    });
  }
}

/** Order holds per topic and key. */
const laneKey = ({ topic, key }: BusRecord): string => `${topic}\n${key}`;

/** Passes by itself, unlike a statement that always takes too long. */
const passes = (error: unknown): boolean => isAppError(error) && error.code === 'temporarily_unavailable' && !isTimedOut(error.cause);

function acknowledge(batch: readonly Delivery[]): void {
  for (const { settle } of batch) settle();
}

/** What publishers get for records of a group that is not there now. */
export function closedError(group: string): AppError {
  return new AppError('temporarily_unavailable', `The consumer group ${group} is closed; its records stay in the outbox.`);
}
