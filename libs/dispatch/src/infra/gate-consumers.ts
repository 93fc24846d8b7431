import { accountsChanges, complianceDecisions, type AccountsChange, type ComplianceDecision } from '@nexoramail/contracts';
import { InboxConsumer, type Database, type InboxEvent, type Runtime, type Sql } from '@nexoramail/platform';
import { applyLimits, applyStanding } from './pg-gates.js';
import { applyDomain } from './pg-sender-domains.js';

/** The two consumers that keep our copies: limits from accounts, standing and domains from compliance. */
export function gateConsumers({ bus, clock, wake }: Runtime, db: Database): readonly [InboxConsumer<AccountsChange>, InboxConsumer<ComplianceDecision>] {
  const afterCommit = (): void => wake.signal('queue:mail');
  return [
    new InboxConsumer({ db, bus, clock, group: 'dispatch.limits', topics: [accountsChanges], handle: applyChanges, afterCommit }),
    new InboxConsumer({ db, bus, clock, group: 'dispatch.decisions', topics: [complianceDecisions], handle: applyDecisions, afterCommit }),
  ];
}

async function applyChanges(tx: Sql, events: readonly InboxEvent<AccountsChange>[]): Promise<void> {
  for (const { value } of events) if (value.change?.$case === 'limits') await applyLimits(tx, value.change.limits);
}

async function applyDecisions(tx: Sql, events: readonly InboxEvent<ComplianceDecision>[]): Promise<void> {
  for (const { value: { accountId, decision } } of events) {
    if (decision?.$case === 'standing') await applyStanding(tx, decision.standing);
    if (decision?.$case === 'domain') await applyDomain(tx, accountId, decision.domain);
  }
}
