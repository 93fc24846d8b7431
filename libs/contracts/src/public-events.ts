import type { ComplianceDecision, MailEvent, MailStep } from './generated/nexora/events/v1/events.js';
import type { SmtpReply } from './generated/nexora/common/v1/common.js';

/** A public event (`interfaces.md` §3) before it has a `seq`: what webhooks post and what `/events` lists. */
export interface PublicEvent {
  /** `evt_…`: the same in the feed, the webhook and over retries. */
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly accountId: string;
  /** `live` or `test`. */
  readonly mode: string;
  /** UUID of the message; undefined for events that concern none. */
  readonly messageId: string | undefined;
  readonly recipientIndex: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How ids are spelled outside; given by the caller, since this library depends on nothing. */
export interface PublicIds {
  email(messageUuid: string): string;
  recipient(messageUuid: string, index: number): string;
  event(recordUuid: string, step: number): string;
  domain(uuid: string): string;
  suppression(uuid: string): string;
}

const smtpOf = (smtp: SmtpReply | undefined): object | null =>
  smtp === undefined ? null : { code: smtp.code, enhanced: smtp.enhanced || null, text: smtp.text, mx: smtp.mx || null, tls: smtp.tls || null };

function emailData(event: MailEvent, step: MailStep, ids: PublicIds): Record<string, unknown> {
  return {
    email_id: ids.email(event.messageId),
    recipient: { id: ids.recipient(event.messageId, step.recipientIndex), address: step.address },
    attempt: step.attempt === 0 ? null : step.attempt,
    smtp: smtpOf(step.smtp),
    classification: step.classification === undefined ? null : { class: step.classification.class, reason: step.classification.reason },
    ...(step.reason !== '' && { reason: step.reason }),
    ...(step.nextAttemptAt !== undefined && { next_attempt_at: step.nextAttemptAt.toISOString() }),
    ...(step.late && { late: true }),
    tags: event.context?.tags ?? [],
    metadata: event.context?.metadata ?? {},
    category: event.context?.category ?? '',
    message_id_header: event.context?.messageIdHeader ?? '',
    test: event.mode === 'test',
  };
}

/** The public events of one record of `nexora.mail.events.v1`, in order. `eventId` is the record's. */
export function publicEventsOfMail(eventId: string, event: MailEvent, ids: PublicIds): PublicEvent[] {
  return event.steps.map((step, index) => ({
    id: ids.event(eventId, index),
    type: step.type,
    at: step.at ?? new Date(0),
    accountId: event.accountId,
    mode: event.mode,
    messageId: event.messageId,
    recipientIndex: step.recipientIndex,
    data: emailData(event, step, ids),
  }));
}

/**
 * The public events of one record of `nexora.compliance.decisions.v1`: `domain.verified`, `domain.degraded`, `suppression.added`,
 * `suppression.removed`, `account.standing_changed`. A decision about the whole account goes to both modes' feeds.
 */
export function publicEventsOfDecision(eventId: string, decision: ComplianceDecision, ids: PublicIds): PublicEvent[] {
  const described = describeDecision(decision, ids);
  if (!described) return [];
  const modes = decision.mode === '' ? ['live', 'test'] : [decision.mode];
  return modes.map((mode, index) => ({
    id: ids.event(eventId, index),
    ...described,
    at: decision.at ?? new Date(0),
    accountId: decision.accountId,
    mode,
    messageId: undefined,
    recipientIndex: undefined,
  }));
}

function describeDecision({ decision, mode }: ComplianceDecision, ids: PublicIds): { type: string; data: Record<string, unknown> } | undefined {
  const test = mode === 'test';
  switch (decision?.$case) {
    case 'domain': {
      const { domainId, name, status, deleted } = decision.domain;
      if (deleted || (status !== 'verified' && status !== 'degraded')) return undefined;
      return { type: `domain.${status}`, data: { domain: { id: ids.domain(domainId), name, status }, test } };
    }
    case 'suppression': {
      const { suppression, removed } = decision.suppression;
      if (!suppression) return undefined;
      const { id, address, scope, category, reason, sourceEventId } = suppression;
      const entry = { id: ids.suppression(id), address, scope, category: category || null, reason, source_event_id: sourceEventId || null };
      return { type: removed ? 'suppression.removed' : 'suppression.added', data: { suppression: entry, test } };
    }
    case 'standing': {
      const { standing, reason, version } = decision.standing;
      return { type: 'account.standing_changed', data: { standing, reason, version: Number(version), test } };
    }
    default:
      return undefined;
  }
}
