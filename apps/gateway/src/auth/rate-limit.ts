import { AppError, type Monotonic } from '@nexoramail/kernel';

interface Bucket {
  tokens: number;
  at: number;
}

/** State of a caller's bucket after a request, for the `RateLimit-*` headers. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the bucket is full again. */
  readonly resetS: number;
}

/** Token bucket per credential: `perSecond` sustained, `burst` at once. In memory: with several replicas the limit is approximate. */
export class RateLimit {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly monotonic: Monotonic, private readonly perSecond: number, private readonly burst: number) {}

  /** Takes one token, or throws `rate_limited` with the seconds to wait. */
  take(id: string): RateState {
    const now = this.monotonic.now();
    const bucket = this.buckets.get(id) ?? { tokens: this.burst, at: now };
    const tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.at) / 1000) * this.perSecond);
    const left = tokens - 1;
    this.remember(id, { tokens: left < 0 ? tokens : left, at: now });
    if (left < 0) {
      const wait = Math.max(1, Math.ceil((1 - tokens) / this.perSecond));
      throw new AppError('rate_limited', `This key may make ${this.perSecond} requests a second. Wait ${wait} s, then repeat.`, { retryAfterS: wait });
    }
    return { limit: this.perSecond, remaining: Math.floor(left), resetS: Math.ceil((this.burst - left) / this.perSecond) };
  }

  private remember(id: string, bucket: Bucket): void {
    this.buckets.set(id, bucket);
    if (this.buckets.size > 50_000) this.buckets.delete(this.buckets.keys().next().value ?? '');
  }
}
