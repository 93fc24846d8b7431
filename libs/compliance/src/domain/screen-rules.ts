import { AppError, CATEGORIES, publicId, type ErrorCode, type FieldError, type Mode } from '@nexoramail/kernel';
import { maySend, type SenderDomain } from './sender-domain.js';
import type { SuppressionReason } from './suppression.js';

/** Envelope and features of one message: what rules see. Never a body. */
export interface ScreenItem {
  readonly accountId: string;
  readonly mode: Mode;
  readonly category: string;
  /** Domain of the header From, canonical. */
  readonly fromDomain: string;
  /** Domain of MAIL FROM, canonical; empty for REST and the null sender. */
  readonly envelopeDomain: string;
  /** Canonical addresses in the message's order. */
  readonly recipients: readonly string[];
  readonly source: string;
  readonly messageId: string;
}

/** The domain that signs for a message. */
export type SigningDomain = Pick<SenderDomain, 'id' | 'name' | 'state' | 'version' | 'selectors' | 'returnPathDomain' | 'degradedAt'>;

/** A recipient that must not be mailed, by its place in the message. */
export interface SuppressedRecipient {
  readonly index: number;
  readonly reason: SuppressionReason;
}

/** What was read for one message. `from` and `envelope`: the account's domains among the name and its parents, nearest first. */
export interface ScreenFacts {
  readonly from: readonly SigningDomain[];
  readonly envelope: readonly SigningDomain[];
  readonly suppressed: readonly SuppressedRecipient[];
}

/** The message may go, but for its suppressed recipients. */
export interface ScreenPass {
  readonly kind: 'pass';
  readonly domain: SigningDomain;
  readonly suppressed: readonly SuppressedRecipient[];
  /** Rules that passed. */
  readonly ruleIds: readonly string[];
}

/** The message is refused by this rule, with every fault that was found. */
export interface ScreenRefusal {
  readonly kind: 'refusal';
  readonly ruleId: string;
  readonly error: AppError;
}

interface Fault {
  readonly ruleId: string;
  readonly code: ErrorCode;
  readonly field: FieldError;
}

/** Rules of a message that passes, in the order in which they are asked. */
export const PASSED_RULES = ['category.required', 'category.permitted', 'domain.verified', 'envelope.verified', 'suppression'] as const;

/** Applies all rules to one message; pure. The first fault names the refusal, all of them are told. */
export function screen(item: ScreenItem, facts: ScreenFacts, now: Date): ScreenPass | ScreenRefusal {
  const domain = facts.from.find((candidate) => maySend(candidate, now));
  const faults = [
    ...categoryFaults(item.category),
    ...(domain ? [] : [domainFault('domain.verified', '/from', item.fromDomain, facts.from, now)]),
    ...(item.envelopeDomain === '' || facts.envelope.some((candidate) => maySend(candidate, now)) ? [] : [domainFault('envelope.verified', '/envelope_from', item.envelopeDomain, facts.envelope, now)]),
  ];
  const [first] = faults;
  if (domain && !first) return { kind: 'pass', domain, suppressed: facts.suppressed, ruleIds: PASSED_RULES };
  if (!first) throw new Error('A message without a domain has a fault');
  return { kind: 'refusal', ruleId: first.ruleId, error: new AppError(first.code, first.field.message, { errors: faults.map(({ field }) => field) }) };
}

function categoryFaults(category: string): Fault[] {
  if (category === '') {
    const message = 'Name a category, the transactional purpose of the message, or set a default category for the account.';
    return [{ ruleId: 'category.required', code: 'category_required', field: { pointer: '/category', code: 'category_required', message } }];
  }
  if (Object.hasOwn(CATEGORIES, category)) return [];
  const message = `This category is not permitted: NexoraMail carries transactional mail only. Permitted are ${Object.keys(CATEGORIES).join(', ')}.`;
  return [{ ruleId: 'category.permitted', code: 'category_not_permitted', field: { pointer: '/category', code: 'category_not_permitted', message } }];
}

function domainFault(ruleId: string, pointer: string, name: string, known: readonly SigningDomain[], now: Date): Fault {
  return { ruleId, code: 'domain_not_verified', field: { pointer, code: 'domain_not_verified', message: domainAdvice(name, known[0], now) } };
}

function domainAdvice(name: string, nearest: SigningDomain | undefined, now: Date): string {
  const shown = name === '' ? 'The sender\'s domain' : name;
  if (!nearest) return `${shown} is not a verified domain of this account. Add it with POST /v1/domains, publish the records of the answer, then verify it.`;
  const id = publicId('dom', nearest.id);
  if (nearest.state === 'degraded' && !maySend(nearest, now)) return `${nearest.name} lost its DNS records more than 24 hours ago. Publish them again (GET /v1/domains/${id}), then POST /v1/domains/${id}/verify.`;
  return `${nearest.name} is not verified yet. Publish its DNS records (GET /v1/domains/${id}), then POST /v1/domains/${id}/verify.`;
}
