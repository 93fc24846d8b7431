import type { Clock, Monotonic } from '@nexoramail/kernel';

const TOLERANCE_MS = 2_000;

/**
 * Notices when business time was moved (`POST /test/clock`). What fell due within a jump is worked through in order of due time, so a retry
 * has its one try before an expiry in the same jump takes it. Without jumps `since()` is now: nothing is tried after it expired.
 */
export class ClockJump {
  private offset: number;
  private start: Date | undefined;

  constructor(private readonly clock: Clock, private readonly monotonic: Monotonic) {
    this.offset = clock.now().getTime() - monotonic.now();
  }

  /** Business time at which the latest jump began; now when there was none. */
  since(): Date {
    const now = this.clock.now();
    const offset = now.getTime() - this.monotonic.now();
    const moved = offset - this.offset;
    // Smaller drifts are the wall clock being steered.
    if (moved > TOLERANCE_MS) this.start = new Date(now.getTime() - moved);
    this.offset = offset;
    return this.start ?? now;
  }
}
