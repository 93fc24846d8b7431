import { systemTimers, type Timers } from '@nexoramail/platform';

/** Work that is done again and again, never twice at once; a failure is reported and the next round comes as planned. */
export class RepeatingJob {
  private running: Promise<void> | undefined;
  private cancel: () => void = () => undefined;
  private stopped = true;
  private again = false;

  constructor(private readonly everyMs: number, private readonly work: () => Promise<unknown>, private readonly failed: (error: unknown) => void, private readonly timers: Timers = systemTimers) {}

  start(): void {
    this.stopped = false;
    this.now();
  }

  /** A round at once, or right after the one under way. */
  now(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.cancel();
    this.again = false;
    this.running = this.work().then(() => undefined, this.failed).then(() => {
      this.running = undefined;
      if (this.stopped) return;
      if (this.again) this.now();
      else this.cancel = this.timers.after(this.everyMs, () => this.now());
    });
  }

  /** Waits for the round under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel();
    await this.running;
  }
}
