import type { DomainRecord } from './dns-records.js';
import { DEGRADED_GRACE_MS, type DomainState, type SenderDomain } from './sender-domain.js';

const HOUR_MS = 3_600_000;
/** A domain that was never verified is looked at often at first, since its owner waits, and no more after this. */
const GIVE_UP_MS = 14 * 24 * HOUR_MS;
/** A domain that never showed its records is called failed after this. */
const PENDING_MS = 72 * HOUR_MS;

/** What a check makes of a domain. */
export interface DomainTransition {
  readonly state: DomainState;
  readonly verifiedAt: Date | undefined;
  readonly degradedAt: Date | undefined;
  /** Undefined: no longer by itself. */
  readonly nextCheckAt: Date | undefined;
  /** The state changed, which is published. */
  readonly changed: boolean;
}

type Before = Pick<SenderDomain, 'state' | 'createdAt' | 'verifiedAt' | 'degradedAt'>;

/**
 * The domain after a look at its records. All required ones there: `verified`, from every state. One missing or wrong: a verified domain is
 * `degraded` and, after 24 h without mending, `failed`; a new one stays `pending` for 72 h. The DNS not answering changes nothing, since a
 * time-out is no proof, except that the grace period runs on.
 */
export function afterCheck(domain: Before, records: readonly DomainRecord[], now: Date): DomainTransition {
  const required = records.filter((record) => record.required);
  if (required.every(({ status }) => status === 'ok')) return transition(domain, 'verified', now);
  const proven = required.some(({ status }) => status === 'missing' || status === 'mismatch');
  switch (domain.state) {
    case 'verified':
      return transition(domain, proven ? 'degraded' : 'verified', now);
    case 'degraded':
      return transition(domain, domain.degradedAt !== undefined && now.getTime() - domain.degradedAt.getTime() >= DEGRADED_GRACE_MS ? 'failed' : 'degraded', now);
    case 'pending':
      return transition(domain, now.getTime() - domain.createdAt.getTime() >= PENDING_MS ? 'failed' : 'pending', now);
    case 'failed':
      return transition(domain, 'failed', now);
  }
}

function transition(domain: Before, state: DomainState, now: Date): DomainTransition {
  const degradedAt = state === 'degraded' ? (domain.degradedAt ?? now) : undefined;
  return {
    state,
    verifiedAt: state === 'verified' ? (domain.verifiedAt ?? now) : domain.verifiedAt,
    degradedAt,
    nextCheckAt: nextCheck(state, domain, degradedAt, now),
    changed: state !== domain.state,
  };
}

/** Each hour; a new domain every 5 minutes in its first hour; a degraded one at the end of its grace period at the latest. */
function nextCheck(state: DomainState, domain: Before, degradedAt: Date | undefined, now: Date): Date | undefined {
  const age = now.getTime() - domain.createdAt.getTime();
  if ((state === 'pending' || state === 'failed') && domain.verifiedAt === undefined && age >= GIVE_UP_MS) return undefined;
  const inHour = now.getTime() + (state === 'pending' && age < HOUR_MS ? HOUR_MS / 12 : HOUR_MS);
  return new Date(degradedAt === undefined ? inHour : Math.min(inHour, Math.max(now.getTime() + 1000, degradedAt.getTime() + DEGRADED_GRACE_MS)));
}
