import type { Accepted, AttemptView, EmailView, Event, RecipientView } from '@nexoramail/contracts';
import { publicId, recipientId } from '@nexoramail/kernel';
import { formatMailbox } from '@nexoramail/mail';

const time = (at: Date | undefined): string | null => at?.toISOString() ?? null;
const orNull = (text: string): string | null => (text === '' ? null : text);
const mailbox = ({ address, displayName }: RecipientView): string => formatMailbox({ email: address, displayName });

/** Answer of `POST /v1/emails`. */
export function acceptedJson(accepted: Accepted): object {
  return {
    id: publicId('em', accepted.messageId),
    status: accepted.status,
    created_at: time(accepted.createdAt),
    message_id_header: accepted.messageIdHeader,
    recipients: accepted.recipients.map(({ address, status, reason }, index) => ({ id: recipientId(accepted.messageId, index), address, status, ...(reason !== '' && { reason }) })),
  };
}

/** A message of `GET /v1/emails` and `/v1/emails/{id}`; `status` follows from the recipients. */
export function emailJson(view: EmailView, status: string): object {
  const of = (kind: string): string[] => view.recipients.filter((recipient) => recipient.kind === kind).map(mailbox);
  return {
    id: publicId('em', view.id),
    message_id_header: view.messageIdHeader,
    status,
    from: view.from,
    to: of('to'),
    cc: of('cc'),
    bcc: of('bcc'),
    reply_to: view.replyTo,
    subject: view.subject ?? null,
    category: view.category,
    tags: view.tags,
    metadata: view.metadata,
    template: view.templateId === '' ? null : { id: view.templateId, version: view.templateVersion },
    created_at: time(view.createdAt),
    scheduled_at: time(view.scheduledAt),
    expires_at: time(view.expiresAt),
    test: view.mode === 'test',
    source: view.source,
    recipients: view.recipients.map((recipient) => recipientJson(view.id, recipient)),
  };
}

function recipientJson(messageId: string, recipient: RecipientView): object {
  const { index, address, status, reason, attempts, nextAttemptAt, lastSmtp, finalAt, lateBounce } = recipient;
  return {
    id: recipientId(messageId, index),
    address,
    status,
    reason: orNull(reason),
    attempts,
    next_attempt_at: time(nextAttemptAt),
    last_smtp: lastSmtp ? { code: lastSmtp.code, enhanced: orNull(lastSmtp.enhanced), text: lastSmtp.text, mx: orNull(lastSmtp.mx), tls: orNull(lastSmtp.tls) } : null,
    final_at: time(finalAt),
    late_bounce: lateBounce,
  };
}

/** An attempt of `/v1/emails/{id}/attempts`. */
export function attemptJson(messageId: string, attempt: AttemptView): object {
  const { smtp } = attempt;
  return {
    id: publicId('att', attempt.id),
    recipient_id: recipientId(messageId, attempt.recipientIndex),
    n: attempt.n,
    started_at: time(attempt.startedAt),
    ended_at: time(attempt.endedAt),
    mx: orNull(attempt.mx),
    ip: orNull(attempt.ip),
    tls: attempt.tlsVersion === '' ? null : { version: attempt.tlsVersion, cipher: attempt.tlsCipher, verified: attempt.tlsVerified },
    outcome: attempt.outcome,
    smtp: smtp ? { code: smtp.code, enhanced: orNull(smtp.enhanced), text: smtp.text } : null,
    transcript: attempt.transcript.map(({ atMs, dir, line }) => ({ at_ms: atMs, dir, line })),
  };
}

/** An event of `/v1/events` and `/v1/emails/{id}/events`. */
export function eventJson(event: Event): object {
  return { id: event.id, seq: Number(event.seq), type: event.type, timestamp: time(event.timestamp), data: JSON.parse(event.dataJson) as unknown };
}
