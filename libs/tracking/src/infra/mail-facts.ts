import { publicEventsOfDecision, publicEventsOfMail, type ComplianceDecision, type EmailView, type MailEvent, type MailStep, type PublicEvent, type PublicIds, type WebhooksChange } from '@nexoramail/contracts';
import { publicId, recipientId, type RecipientStatus } from '@nexoramail/kernel';
import type { IngestBatch, MessageChange } from '../application/ingest-events.js';
import type { Attempt } from '../domain/attempt.js';
import type { NewEvent } from '../domain/feed-event.js';
import { isRecipientStatus, type RecipientStep } from '../domain/recipient-state.js';

/** How ids are spelled outside. */
export const PUBLIC_IDS: PublicIds = {
  email: (uuid) => publicId('em', uuid),
  recipient: recipientId,
  event: (uuid, step) => publicId('evt', uuid, step),
  domain: (uuid) => publicId('dom', uuid),
  suppression: (uuid) => publicId('sup', uuid),
};

/** What one record of `nexora.mail.events.v1` tells. */
export function factsOfMail(recordId: string, event: MailEvent): IngestBatch {
  return { events: toEvents(recordId, publicEventsOfMail(recordId, event, PUBLIC_IDS)), messages: [toChange(event)] };
}

/** What one record of `nexora.compliance.decisions.v1` tells. */
export function factsOfDecision(recordId: string, decision: ComplianceDecision): IngestBatch {
  return { events: toEvents(recordId, publicEventsOfDecision(recordId, decision, PUBLIC_IDS)), messages: [] };
}

/** What one record of `nexora.webhooks.changes.v1` tells: an `account.alert` when an endpoint stopped by itself. */
export function factsOfWebhooks(recordId: string, change: WebhooksChange): IngestBatch {
  if (change.status !== 'paused' && change.status !== 'disabled') return { events: [], messages: [] };
  const alert = { kind: `webhook_${change.status}`, webhook_id: publicId('whk', change.endpointId), reason: change.reason };
  const event = {
    id: PUBLIC_IDS.event(recordId, 0), type: 'account.alert', at: change.at ?? new Date(0), accountId: change.accountId, mode: change.mode,
    messageId: undefined, recipientIndex: undefined, data: { alert, test: change.mode === 'test' },
  };
  return { events: toEvents(recordId, [event]), messages: [] };
}

const toEvents = (recordId: string, events: readonly PublicEvent[]): NewEvent[] =>
  events.map(({ type, at, accountId, mode, messageId, recipientIndex, data }, step) => ({
    recordId, step, type, at, accountId, mode, messageId, recipientIndex, dataJson: JSON.stringify(data),
  }));

function toChange({ accountId, mode, messageId, context, steps, attempt, accepted }: MailEvent): MessageChange {
  const facts = { messageIdHeader: context?.messageIdHeader ?? '', category: context?.category ?? '', tags: context?.tags ?? [], metadata: context?.metadata ?? {} };
  return {
    accountId, mode, messageId,
    context: facts,
    envelope: accepted && {
      messageIdHeader: accepted.messageIdHeader, category: accepted.category, tags: accepted.tags, metadata: accepted.metadata,
      createdAt: accepted.createdAt ?? new Date(0), from: accepted.from, replyTo: accepted.replyTo, scheduledAt: accepted.scheduledAt,
      expiresAt: accepted.expiresAt, source: accepted.source, templateId: accepted.templateId, templateVersion: accepted.templateVersion,
    },
    steps: [...(accepted ? stepsOfView(accepted) : []), ...steps.map(toStep)],
    attempt: attempt && toAttempt({ accountId, mode, messageId }, attempt),
  };
}

function stepsOfView({ createdAt, recipients }: EmailView): RecipientStep[] {
  return recipients.map(({ index, address, status, reason, attempts, nextAttemptAt, lastSmtp, lateBounce, kind, displayName }) => ({
    index, address, at: createdAt ?? new Date(0), attempt: attempts, status: isRecipientStatus(status) ? status : undefined, reason,
    smtp: lastSmtp, nextAttemptAt, lateBounce, kind, displayName,
  }));
}

const STATUS_OF: Readonly<Record<string, RecipientStatus>> = {
  'email.accepted': 'accepted', 'email.scheduled': 'scheduled', 'email.held': 'held', 'email.queued': 'queued', 'email.sent': 'sending',
  'email.delayed': 'delayed', 'email.delivered': 'delivered', 'email.bounced': 'bounced', 'email.failed': 'failed', 'email.suppressed': 'suppressed',
  'email.expired': 'expired', 'email.canceled': 'canceled', 'email.rejected': 'rejected',
};

function toStep({ type, recipientIndex: index, address, at, attempt, smtp, classification, late, reason, nextAttemptAt, status }: MailStep): RecipientStep {
  const told = isRecipientStatus(status) ? status : STATUS_OF[type];
  // Of what tells about a delivery that is over (a late report, a complaint, an open), the status is not news.
  const changes = !late && STATUS_OF[type] !== undefined;
  return {
    index, address, attempt, smtp, nextAttemptAt, at: at ?? new Date(0),
    status: changes ? told : undefined,
    reason: reason !== '' ? reason : (classification?.reason ?? ''),
    lateBounce: late && type === 'email.bounced',
    kind: '', displayName: '',
  };
}

function toAttempt(message: Pick<Attempt, 'accountId' | 'mode' | 'messageId'>, attempt: NonNullable<MailEvent['attempt']>): Attempt {
  const { id, recipientIndex, n, mx, ip, tlsVersion, tlsCipher, tlsVerified, outcome, smtp, transcript } = attempt;
  const endedAt = attempt.endedAt ?? attempt.startedAt ?? new Date(0);
  return {
    ...message, id, recipientIndex, n, mx, ip, tlsVersion, tlsCipher, tlsVerified, outcome, smtp,
    startedAt: attempt.startedAt ?? endedAt, endedAt,
    transcript: transcript.map(({ atMs, dir, line }) => ({ atMs, dir, line })),
  };
}
