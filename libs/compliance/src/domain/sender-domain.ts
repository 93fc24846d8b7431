import { AppError } from '@nexoramail/kernel';
import { canonicalDomain } from '@nexoramail/mail';
import type { DomainRecord } from './dns-records.js';

/**
 * `pending`: records not seen yet. `verified`: may send. `degraded`: was verified, lost a record, may send for {@link DEGRADED_GRACE_MS}.
 * `failed`: may not send; checked by itself for a while yet, and whenever somebody asks.
 */
export type DomainState = 'pending' | 'verified' | 'degraded' | 'failed';

/** Business time that a domain may go on sending after it lost a record. */
export const DEGRADED_GRACE_MS = 24 * 3_600_000;

/** A sender domain of an account; serves both modes. */
export interface SenderDomain {
  readonly id: string;
  readonly accountId: string;
  /** Canonical: lower-case A-labels. */
  readonly name: string;
  readonly state: DomainState;
  /** Grows with each published change. */
  readonly version: number;
  /** Selectors whose keys may sign, the one to sign with first. */
  readonly selectors: readonly string[];
  readonly returnPathDomain: string;
  readonly createdAt: Date;
  readonly verifiedAt: Date | undefined;
  readonly degradedAt: Date | undefined;
  readonly records: readonly DomainRecord[];
}

/** Octets that a domain may have, so that `<selector>._domainkey.<domain>` stays a DNS name. */
const MAX_NAME = 253 - '._domainkey.'.length - 20;

/** The canonical form of a domain that a customer names. Throws `validation_failed` at `/name`. */
export function domainName(text: string): string {
  const name = canonicalDomain(text.trim(), { pointer: '/name' });
  if (name.length <= MAX_NAME) return name;
  const message = `The domain is too long: at most ${MAX_NAME} octets, so that names of its records fit.`;
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/name', code: 'too_long', message }] });
}

/** Whether mail may go out under the domain at `now`. */
export function maySend(domain: Pick<SenderDomain, 'state' | 'degradedAt'>, now: Date): boolean {
  if (domain.state === 'verified') return true;
  return domain.state === 'degraded' && domain.degradedAt !== undefined && now.getTime() - domain.degradedAt.getTime() < DEGRADED_GRACE_MS;
}

/** The domain and its parents down to two labels, nearest first, at most ten: where a verified domain of relaxed alignment (RFC 7489 §3.1) is looked for. */
export function alignedNames(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(0, Math.max(0, labels.length - 1)).map((_, index) => labels.slice(index).join('.')).slice(0, 10);
}

/** The refusal of a domain that this account has, or that another one verified. */
export function domainTaken(name: string, by: 'this' | 'other'): AppError {
  return new AppError('conflict', by === 'this' ? `${name} is one of your domains already.` : `${name} is a verified domain of another account. If it is yours, write to support.`);
}

/** The refusal for an id that names no domain of the account. */
export function noSuchDomain(): AppError {
  return new AppError('not_found', 'There is no such domain.');
}
