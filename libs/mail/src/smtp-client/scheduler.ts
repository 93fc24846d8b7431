/** Runs something once, later, on real time. Never moved by the test clock. */
export interface Scheduler {
  /** Calls `run` after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** The system's timers. They do not keep the process alive. */
export const systemScheduler: Scheduler = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A scheduler that stands still until it is moved: for tests. */
export class ManualScheduler implements Scheduler {
  private at = 0;
  private order = 0;
  private readonly due = new Map<number, { at: number; run: () => void }>();

  /** Milliseconds moved so far. */
  now(): number {
    return this.at;
  }

  /** Number of calls still to come. */
  get waiting(): number {
    return this.due.size;
  }

  after(ms: number, run: () => void): () => void {
    const id = ++this.order;
    this.due.set(id, { at: this.at + ms, run });
    return () => void this.due.delete(id);
  }

  /** Moves on by `ms` and calls what falls due, in order of due time. */
  advance(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const next = [...this.due].filter(([, call]) => call.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (next === undefined) break;
      this.due.delete(next[0]);
      this.at = next[1].at;
      next[1].run();
    }
    this.at = end;
  }
}
