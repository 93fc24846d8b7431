import { complianceDecisions, type AccountStanding as StandingMessage, type ComplianceDecision, type Suppression as SuppressionMessage } from '@nexoramail/contracts';
import type { Publication } from '@nexoramail/platform';
import type { SenderDomain } from '../domain/sender-domain.js';
import type { AccountStanding } from '../domain/standing.js';
import type { Suppression } from '../domain/suppression.js';

const TYPES = { domain: 'domain_changed', suppression: 'suppression_changed', standing: 'standing_changed' } as const;

/** What compliance tells. */
export const COMPLIANCE_FACTS: Publication<ComplianceDecision> = {
  topic: complianceDecisions,
  typeOf({ decision }) {
    if (!decision) throw new Error('A decision says what was decided');
    return TYPES[decision.$case];
  },
};

/** An entry as it stands in contracts. */
export function toSuppression(entry: Suppression): SuppressionMessage {
  const { id, address, scope, category, reason, locked, note, sourceEventId, createdAt, expiresAt } = entry;
  return { id, address, scope, category, reason, locked, note, sourceEventId, createdAt, expiresAt };
}

/** A standing as it stands in contracts. */
export function toStanding({ accountId, standing, version, changedAt, reason }: AccountStanding): StandingMessage {
  return { accountId, standing, version: BigInt(version), changedAt, reason };
}

/** The fact that a domain changed its state, its selectors or is gone. Domains serve both modes, so it names none. */
export function domainChanged(domain: Omit<SenderDomain, 'records'>, at: Date, deleted = false): ComplianceDecision {
  const { id, accountId, name, state, selectors, returnPathDomain, version } = domain;
  return {
    accountId, mode: '', at,
    decision: { $case: 'domain', domain: { domainId: id, name, status: state, selectors: [...selectors], returnPathDomain, version: BigInt(version), deleted } },
  };
}

/** The fact that an entry came or went. */
export function suppressionChanged(entry: Suppression, at: Date, removed = false): ComplianceDecision {
  return { accountId: entry.accountId, mode: entry.mode, at, decision: { $case: 'suppression', suppression: { suppression: toSuppression(entry), removed } } };
}

/** The fact that a standing changed. */
export function standingChanged(standing: AccountStanding, at: Date): ComplianceDecision {
  return { accountId: standing.accountId, mode: '', at, decision: { $case: 'standing', standing: toStanding(standing) } };
}
