import { ManualClock } from '@nexoramail/kernel';
import type { Timers } from '@nexoramail/platform';

/** Time that stands still until a spec moves it: timers run in order of their due time, and the clock shows it meanwhile. */
export class ManualTimers implements Timers {
  private readonly clock = new ManualClock();
  private readonly waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  readonly monotonic = this.clock.monotonic;

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.monotonic.now() + ms, run };
    this.waiting.add(timer);
    return () => this.waiting.delete(timer);
  }

  advance(ms: number): void {
    const end = this.monotonic.now() + ms;
    for (;;) {
      const [next] = [...this.waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.waiting.delete(next);
      this.clock.advance(Math.max(0, next.at - this.monotonic.now()));
      next.run();
    }
    this.clock.advance(end - this.monotonic.now());
  }
}
