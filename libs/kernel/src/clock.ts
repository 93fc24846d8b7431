/** Business time: due times, expiry, periods, retention, recorded times. Moved by the test clock (`POST /test/clock`). */
export interface Clock {
  now(): Date;
}

/** Elapsed time in milliseconds for leases, deadlines, socket time-outs, caches and rate limits. Never moved. */
export interface Monotonic {
  now(): number;
}

/** The system's wall clock. */
export const systemClock: Clock = { now: () => new Date() };

/** The system's monotonic clock. */
export const systemMonotonic: Monotonic = { now: () => performance.now() };

/** A clock that runs at real speed from an offset. The offset only grows. */
export class OffsetClock implements Clock {
  constructor(private readonly base: Clock = systemClock, private offset = 0) {}

  /** Milliseconds this clock is ahead of its base. */
  get offsetMs(): number {
    return this.offset;
  }

  now(): Date {
    return new Date(this.base.now().getTime() + this.offset);
  }

  /** Sets the whole offset; a smaller one than before is ignored, since business time never runs back. */
  moveTo(offsetMs: number): void {
    this.offset = Math.max(this.offset, offsetMs);
  }
}

/** A clock that stands still until it is moved: for tests. Serves as {@link Monotonic} through {@link ManualClock.monotonic}. */
export class ManualClock implements Clock {
  private at: number;

  constructor(start: Date | string = '2026-03-01T09:00:00.000Z') {
    this.at = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.at);
  }

  advance(ms: number): void {
    this.at += ms;
  }

  readonly monotonic: Monotonic = { now: () => this.at };
}
