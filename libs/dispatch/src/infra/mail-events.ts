import { Accepted, EmailView, MailEvent, type MailStep, type MessageContext, type RecipientView, type SmtpReply } from '@nexoramail/contracts';
import type { AcceptedMessage, AcceptPlan } from '../application/ports/accept-ports.js';
import type { AttemptRecord, MessageFacts, RecipientStep } from '../application/ports/deliver-ports.js';
import type { Reply } from '../domain/outcome.js';

/** The record of acceptance: `email.accepted` of every recipient, then what each one waits for, and the whole envelope for read models. */
export function acceptedEvent(plan: AcceptPlan): Uint8Array {
  const { message, createdAt: at, states } = plan;
  const steps: MailStep[] = message.recipients.map(({ address }, recipientIndex) => step({ type: 'email.accepted', recipientIndex, address, at, status: 'accepted' }));
  states.forEach(({ status, reason }, recipientIndex) => {
    const address = message.recipients[recipientIndex]?.address ?? '';
    steps.push(step({ type: `email.${status}`, recipientIndex, address, at, status, reason, nextAttemptAt: status === 'scheduled' ? plan.scheduledAt : undefined }));
  });
  const context: MessageContext = { messageIdHeader: plan.messageIdHeader, category: message.category, tags: [...message.tags], metadata: { ...message.metadata } };
  return MailEvent.encode({ accountId: message.accountId, mode: message.mode, messageId: message.id, context, steps, attempt: undefined, accepted: viewOf(plan) }).finish();
}

/** The record of one recipient's change, with the attempt that led to it. */
export function recipientEvent(facts: MessageFacts, steps: readonly RecipientStep[], attempt: AttemptRecord | undefined): Uint8Array {
  return MailEvent.encode({
    accountId: facts.accountId,
    mode: facts.mode,
    messageId: facts.messageId,
    context: { messageIdHeader: facts.messageIdHeader, category: facts.category, tags: [...facts.tags], metadata: { ...facts.metadata } },
    steps: steps.map((entry) => step({ ...entry, recipientIndex: facts.n, address: facts.address, smtp: entry.reply && smtpOf(entry.reply) })),
    attempt: attempt && {
      id: attempt.id,
      recipientIndex: facts.n,
      n: attempt.n,
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
      mx: attempt.facts.mx,
      ip: attempt.facts.ip,
      tlsVersion: attempt.facts.tlsVersion,
      tlsCipher: attempt.facts.tlsCipher,
      tlsVerified: attempt.facts.tlsVerified,
      outcome: attempt.outcome,
      smtp: attempt.reply && smtpOf(attempt.reply),
      transcript: attempt.facts.transcript.map(({ atMs, dir, line }) => ({ atMs, dir, line })),
    },
    accepted: undefined,
  }).finish();
}

/** The stored answer of an accepted message. */
export function encodeAnswer(answer: AcceptedMessage): Uint8Array {
  return Accepted.encode(toAccepted(answer)).finish();
}

/** The answer of {@link encodeAnswer}. */
export function decodeAnswer(bytes: Uint8Array): AcceptedMessage {
  const { messageId, status, createdAt, messageIdHeader, recipients } = Accepted.decode(bytes);
  return { messageId, status, createdAt: createdAt ?? new Date(0), messageIdHeader, recipients, replayed: false };
}

/** The contract's form of an accepted message. */
export function toAccepted({ messageId, status, createdAt, messageIdHeader, recipients, replayed }: AcceptedMessage): Accepted {
  return { messageId, status, createdAt, messageIdHeader, recipients: recipients.map((entry) => ({ ...entry })), replayed };
}

/** The contract's form of a reply. */
export function smtpOf({ code, enhanced, text, mx, tls }: Reply): SmtpReply {
  return { code, enhanced, text, mx, tls };
}

type StepFacts = Pick<MailStep, 'type' | 'recipientIndex' | 'address' | 'at' | 'status'> & Partial<Omit<MailStep, '$type'>>;

function step(facts: StepFacts): MailStep {
  return {
    type: facts.type,
    recipientIndex: facts.recipientIndex,
    address: facts.address,
    at: facts.at,
    attempt: facts.attempt ?? 0,
    smtp: facts.smtp,
    classification: facts.classification,
    late: false,
    reason: facts.reason ?? '',
    nextAttemptAt: facts.nextAttemptAt,
    status: facts.status,
  };
}

function viewOf(plan: AcceptPlan): EmailView {
  const { message } = plan;
  const recipients = message.recipients.map(({ address, kind, displayName }, index): RecipientView => ({
    index, address, kind, displayName,
    status: plan.states[index]?.status ?? 'queued',
    reason: plan.states[index]?.reason ?? '',
    attempts: 0, nextAttemptAt: undefined, lastSmtp: undefined, lateBounce: false,
    finalAt: plan.states[index]?.status === 'suppressed' ? plan.createdAt : undefined,
  }));
  return {
    id: message.id,
    messageIdHeader: plan.messageIdHeader,
    from: message.fromHeader,
    replyTo: [...message.content.replyTo],
    // Content: it stays sealed in our own rows and never reaches the outbox, the bus or the WAL in clear.
    subject: undefined,
    category: message.category,
    tags: [...message.tags],
    metadata: { ...message.metadata },
    createdAt: plan.createdAt,
    scheduledAt: plan.scheduledAt,
    expiresAt: plan.expiresAt,
    source: message.source,
    recipients,
    mode: message.mode,
    templateId: '',
    templateVersion: 0,
  };
}
