import { AccountsChange, ComplianceDecision, MailEvent, MailUsage, WebhooksChange } from '../generated/nexora/events/v1/events.js';
import { defineTopic } from './define-topic.js';

/** Facts about messages: everything that happens to a recipient. */
export const mailEvents = defineTopic({
  name: 'nexora.mail.events.v1',
  owner: 'dispatch',
  readers: ['tracking', 'webhooks', 'compliance'],
  keyName: 'message id',
  keyOf: (event) => event.messageId,
  partitions: 24,
  retentionHours: 72,
  codec: MailEvent,
  purpose: 'Facts about messages; each record is one commit of its writer and holds the public events in order.',
});

/** Running totals of accepted recipients. */
export const mailUsage = defineTopic({
  name: 'nexora.mail.usage.v1',
  owner: 'dispatch',
  readers: ['accounts'],
  keyName: 'account id',
  keyOf: (usage) => usage.accountId,
  partitions: 6,
  retentionHours: 72,
  codec: MailUsage,
  purpose: 'Totals of the running period per account and mode, each 10 s: repeats do no harm.',
});

/** Accounts, limits and keys that changed. */
export const accountsChanges = defineTopic({
  name: 'nexora.accounts.changes.v1',
  owner: 'accounts',
  readers: ['dispatch', 'tracking', 'compliance', 'webhooks'],
  keyName: 'account id',
  keyOf: ({ change }) => {
    if (!change) throw new Error('An AccountsChange says what changed');
    return change.$case === 'account' ? change.account.accountId : change.$case === 'limits' ? change.limits.accountId : change.apiKey.accountId;
  },
  partitions: 6,
  retentionHours: 72,
  codec: AccountsChange,
  purpose: 'Accounts, limits and API keys that changed; copies change only to a newer version.',
});

/** Domains, suppressions and standings that changed. */
export const complianceDecisions = defineTopic({
  name: 'nexora.compliance.decisions.v1',
  owner: 'compliance',
  readers: ['dispatch', 'tracking', 'webhooks'],
  keyName: 'account id',
  keyOf: (decision) => decision.accountId,
  partitions: 6,
  retentionHours: 72,
  codec: ComplianceDecision,
  purpose: 'Domains, suppressions and standings that changed.',
});

/** Endpoints that were paused, disabled or enabled. */
export const webhooksChanges = defineTopic({
  name: 'nexora.webhooks.changes.v1',
  owner: 'webhooks',
  readers: ['tracking'],
  keyName: 'account id',
  keyOf: (change) => change.accountId,
  partitions: 6,
  retentionHours: 72,
  codec: WebhooksChange,
  purpose: 'Webhook endpoints whose state changed.',
});

/** Every topic, for creation, documentation and checks. */
export const TOPICS = [mailEvents, mailUsage, accountsChanges, complianceDecisions, webhooksChanges] as const;
