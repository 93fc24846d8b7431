import type { Monotonic } from '@nexoramail/kernel';

/** How failed AUTH commands are slowed down (`security.md` A14). Times in milliseconds. */
export interface AuthBackOffLimits {
  /** Failures that cost nothing: a person who mistypes. */
  readonly authFailures: number;
  /** The first wait; each further failure doubles it. */
  readonly authWaitMs: number;
  readonly authWaitMostMs: number;
  /** Failures are forgotten when there was none for so long. */
  readonly authForgetMs: number;
}

/** One AUTH as the back-off sees it. */
export interface AuthAttempt {
  readonly source: string;
  /** What it names: a key id, the recognisable start of a key. Counted over all sources. */
  readonly subjects: readonly string[];
  /** A keyed hash of the whole secret. */
  readonly credential: string;
}

interface Bucket {
  failures: number;
  until: number;
}

const ENTRIES = 50_000;
/** A source that once had the right secret stays known for a day. */
const KNOWN_MS = 86_400_000;

/**
 * Growing waits per source and per named key. What has been right from this source before is never held up by the failures of others, so that
 * an attack on a key, or a broken neighbour behind the same address, locks nobody out. In memory and per process; both maps are bounded.
 */
export class AuthBackOff {
  private readonly buckets = new Map<string, Bucket>();
  private readonly known = new Map<string, number>();

  constructor(private readonly monotonic: Monotonic, private readonly limits: AuthBackOffLimits) {}

  /** Milliseconds until this attempt may be made; 0: now. */
  waitMs(attempt: AuthAttempt): number {
    const now = this.monotonic.now();
    const knownUntil = this.known.get(pairOf(attempt));
    if (knownUntil !== undefined && knownUntil > now) return 0;
    return Math.max(0, ...idsOf(attempt).map((id) => (this.buckets.get(id)?.until ?? 0) - now));
  }

  /** Wrong. An attempt that began before the wait of another one does not lengthen it. */
  failed(attempt: AuthAttempt): void {
    const now = this.monotonic.now();
    this.known.delete(pairOf(attempt));
    for (const id of idsOf(attempt)) {
      const { failures, until } = this.buckets.get(id) ?? { failures: 0, until: now };
      if (failures >= this.limits.authFailures && until > now) continue;
      // Below the limit `until` is the time of the last failure.
      const count = (now - until > this.limits.authForgetMs ? 0 : failures) + 1;
      const over = count - this.limits.authFailures;
      const wait = over < 0 ? 0 : Math.min(this.limits.authWaitMostMs, this.limits.authWaitMs * 2 ** over);
      remember(this.buckets, id, { failures: count, until: now + wait });
    }
  }

  /** Right: from now on this source may always try this secret. */
  passed(attempt: AuthAttempt): void {
    remember(this.known, pairOf(attempt), this.monotonic.now() + KNOWN_MS);
  }
}

const pairOf = ({ credential, source }: AuthAttempt): string => `${credential} ${source}`;
const idsOf = ({ source, subjects }: AuthAttempt): string[] => [`source ${source}`, ...subjects];

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key); // the newest is last
  map.set(key, value);
  if (map.size > ENTRIES) map.delete(map.keys().next().value ?? '');
}
