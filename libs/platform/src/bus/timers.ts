/** Real-time delays of loops (back-off, polling): injected, so that tests need not wait. */
export interface Timers {
  /** Calls `run` after `ms`; returns the function that cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

/** The system's timers. */
export const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** Doubling delay with up to 25 % jitter: `base`, 2·`base`, … up to `max` milliseconds. */
export function backOff(failures: number, base: number, max: number, fraction: number = Math.random()): number {
  return Math.min(max, base * 2 ** Math.max(0, failures - 1)) * (0.75 + fraction / 4);
}
