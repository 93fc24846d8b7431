import type { BusRecord, EventBus, Subscription } from '../bus/event-bus.js';
import type { Timers } from '../bus/timers.js';

/** A bus that keeps what is published. `answer` decides what publishing does; the default acknowledges at once. */
export class RecordingBus implements EventBus {
  readonly published: BusRecord[] = [];

  constructor(readonly answer: (records: readonly BusRecord[]) => Promise<void> = () => Promise.resolve()) {}

  async publish(records: readonly BusRecord[]): Promise<void> {
    this.published.push(...records);
    await this.answer(records);
  }

  subscribe(subscription: Subscription): Promise<{ close(): Promise<void> }> {
    return Promise.reject(new Error(`RecordingBus has no groups, ${subscription.group} cannot subscribe`));
  }
}

/** Timers that stand still: a test fires them. `waits` are the delays asked for and not yet fired or cancelled. */
export class ManualTimers implements Timers {
  private readonly pending = new Map<symbol, { ms: number; run: () => void }>();

  get waits(): number[] {
    return [...this.pending.values()].map(({ ms }) => ms);
  }

  after(ms: number, run: () => void): () => void {
    const key = Symbol('timer');
    this.pending.set(key, { ms, run });
    return () => void this.pending.delete(key);
  }

  /** Fires everything that waits now. */
  fire(): void {
    const due = [...this.pending.values()];
    this.pending.clear();
    for (const { run } of due) run();
  }
}
