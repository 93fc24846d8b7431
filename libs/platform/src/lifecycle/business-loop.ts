import { isAppError, type Clock } from '@nexoramail/kernel';
import { systemTimers, type Timers } from '../bus/timers.js';
import type { Logger } from '../log/logger.js';
import type { Settle } from './settle.js';

/** Real milliseconds between two looks at the business clock. */
const LOOK_MS = 1_000;
const LONGEST_PAUSE_LOOKS = 60;
/** A database that is away for so many looks in a row is no longer a hiccup. */
const PATIENCE = 10;

/** What a {@link BusinessLoop} does, and when. */
export interface BusinessLoopOptions {
  readonly name: string;
  /** Business milliseconds between two runs; a jump of the test clock makes the next one due at once. */
  readonly everyMs: number;
  /** Real milliseconds after {@link BusinessLoop.start} in which nothing is due; 0 unless told. */
  readonly startDelayMs?: number;
  /** One round. Safe to do twice and beside another replica's. True: there is more, run again at once. */
  readonly run: (now: Date) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settle: Settle;
  readonly timers?: Timers;
}

/** Work that the business clock makes due. The test clock waits for it; a failure is logged and repeated, less often each time. */
export class BusinessLoop {
  private readonly timers: Timers;
  private nextRun = -Infinity;
  private holding = false;
  private running: Promise<void> | undefined;
  private failures = 0;
  private stopped = false;
  private cancel: (() => void) | undefined;
  private unregister: (() => void) | undefined;

  constructor(private readonly options: BusinessLoopOptions) {
    this.timers = options.timers ?? systemTimers;
  }

  start(): void {
    const { name, settle, startDelayMs = 0 } = this.options;
    this.holding = startDelayMs > 0;
    this.unregister = settle.register(name, () => Promise.resolve(!this.due && this.running === undefined));
    if (!this.holding) return this.look();
    this.cancel = this.timers.after(startDelayMs, () => {
      this.holding = false;
      this.look();
    });
  }

  /** Waits for the round under way, which ends early when there is more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    this.unregister?.();
    await this.running;
  }

  /** Runs until nothing is left, and throws what went wrong. */
  async runOnce(): Promise<void> {
    const now = this.options.clock.now();
    while ((await this.options.run(now)) && !this.stopped);
    this.nextRun = now.getTime() + this.options.everyMs;
  }

  private get due(): boolean {
    return !this.stopped && !this.holding && this.options.clock.now().getTime() >= this.nextRun;
  }

  private look(): void {
    if (this.stopped) return;
    this.cancel = this.timers.after(LOOK_MS * Math.min(LONGEST_PAUSE_LOOKS, 1 + this.failures), () => {
      if (!this.due) return this.look();
      this.running = this.runOnce().then(() => void (this.failures = 0), (error: unknown) => this.failed(error)).finally(() => {
        this.running = undefined;
        this.look();
      });
    });
  }

  private failed(error: unknown): void {
    this.failures += 1;
    const level = isAppError(error) && error.code === 'temporarily_unavailable' && this.failures < PATIENCE ? 'warn' : 'error';
    this.options.logger[level]({ err: error, loop: this.options.name, failures: this.failures }, 'A job failed; trying again');
  }
}
