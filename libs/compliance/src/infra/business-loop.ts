import type { Clock } from '@nexoramail/kernel';
import { systemTimers, type Logger, type Settle, type Timers } from '@nexoramail/platform';

/** Real milliseconds between two looks at the business clock. */
const LOOK_MS = 1_000;

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
  private nextRun = -Infinity;
  private holding = true;
  private running: Promise<void> | undefined;
  private failures = 0;
  private stopped = false;
  private cancel: (() => void) | undefined;
  private readonly unregister: () => void;

  constructor(private readonly options: BusinessLoopOptions) {
    this.unregister = options.settle.register(options.name, () => Promise.resolve(!this.due && this.running === undefined));
  }

  start(): void {
    const hold = (this.options.timers ?? systemTimers).after(this.options.startDelayMs ?? 0, () => {
      this.holding = false;
      this.look();
    });
    this.cancel = hold;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    this.unregister();
    await this.running;
  }

  /** Runs until nothing is left; for the loop and for tests. */
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
    this.options.logger.warn({ err: error, loop: this.options.name, failures: this.failures }, 'A job failed; trying again');
  }
}
