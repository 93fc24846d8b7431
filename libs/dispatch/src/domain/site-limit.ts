/** Connections of a site to begin with. */
export const START_CONNECTIONS = 2;
/** Connections of a site at most (`performance.md` §2). */
export const MAX_CONNECTIONS = 20;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/**
 * How many copies may be on their way to one MX site at once. Grows with success to {@link MAX_CONNECTIONS}, halves when the site asks us to
 * slow down (421, 4.7.x), and after a failed connection pauses (1 s, doubling to 60 s) and goes on with one probe. Times are monotonic.
 */
export class SiteLimit {
  private allowed = START_CONNECTIONS;
  private successes = 0;
  private failures = 0;
  private pausedUntil = Number.NEGATIVE_INFINITY;
  private lastCut = Number.NEGATIVE_INFINITY;

  /** Deliveries allowed at once, 0 while the site is paused. */
  limit(now: number): number {
    return now < this.pausedUntil ? 0 : this.allowed;
  }

  /** Milliseconds until the pause ends; 0 when there is none. */
  pauseMs(now: number): number {
    return Math.max(0, this.pausedUntil - now);
  }

  /** Failed connections in a row. */
  get consecutiveFailures(): number {
    return this.failures;
  }

  /** A copy was taken, or refused for reasons of its own: the site itself is well. */
  succeeded(): void {
    this.failures = 0;
    this.successes++;
    if (this.successes < this.allowed) return;
    this.successes = 0;
    this.allowed = Math.min(MAX_CONNECTIONS, this.allowed + 1);
  }

  /** The site asked to slow down. Replies to what was already on its way count once. */
  throttled(now: number): void {
    if (now - this.lastCut < FIRST_PAUSE_MS) return;
    this.lastCut = now;
    this.successes = 0;
    this.allowed = Math.max(1, Math.floor(this.allowed / 2));
  }

  /** No connection, or one that broke before the message was handed over. */
  failed(now: number): void {
    if (now < this.pausedUntil) return;
    this.failures++;
    this.successes = 0;
    this.allowed = 1;
    this.pausedUntil = now + Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.failures - 1, 10));
  }
}
