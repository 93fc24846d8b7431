import { backOff, type Timers } from '../bus/timers.js';
import type { Logger } from '../log/logger.js';

const FIRST_BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 5000;

/** Waits of a loop: idle ones that news end, back-offs that only closing ends. */
export class Pauses {
  private readonly backOffs = new Set<() => void>();
  private idleEnd: (() => void) | undefined;
  private closed = false;

  constructor(private readonly timers: Timers) {}

  /** Waits until `ms` are over or {@link endIdle} is called; one at a time. */
  idle(ms: number): Promise<void> {
    return this.wait(ms, (end) => (this.idleEnd = end), () => (this.idleEnd = undefined));
  }

  endIdle(): void {
    this.idleEnd?.();
  }

  backOff(failures: number): Promise<void> {
    return this.wait(backOff(failures, FIRST_BACK_OFF_MS, MAX_BACK_OFF_MS), (end) => this.backOffs.add(end), (end) => this.backOffs.delete(end));
  }

  /** Ends all waits; later ones end at once. */
  close(): void {
    this.closed = true;
    for (const end of [this.idleEnd, ...this.backOffs]) end?.();
  }

  private wait(ms: number, enter: (end: () => void) => void, leave: (end: () => void) => void): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      let cancel = (): void => undefined;
      const end = (): void => {
        leave(end);
        cancel();
        resolve();
      };
      enter(end);
      cancel = this.timers.after(ms, end);
    });
  }
}

/** Failures in a row of one thing: waits longer each time, logs the first and the recovery, not each. */
export class Streak {
  private failures = 0;

  constructor(private readonly pauses: Pauses, private readonly logger: Logger, private readonly message: string) {}

  async failed(error: unknown): Promise<void> {
    this.failures += 1;
    if (this.failures === 1) this.logger.warn({ err: error }, `${this.message}; trying again`);
    await this.pauses.backOff(this.failures);
  }

  ended(): void {
    if (this.failures > 0) this.logger.info({ failures: this.failures }, `${this.message}: over`);
    this.failures = 0;
  }
}
