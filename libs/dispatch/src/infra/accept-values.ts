import type { IdSource } from '@nexoramail/kernel';
import type { Statement } from '@nexoramail/platform';
import { acceptedOf } from '../application/accept/submit-messages.js';
import type { AcceptPlan } from '../application/ports/accept-ports.js';
import { domainOf } from '../domain/submission.js';
import { acceptedEvent, encodeAnswer } from './mail-events.js';
import { Blob } from './sql-values.js';

const PARAMETERS = 38;

/** `mail.accept_batch`: see the migration. */
export const ACCEPT_BATCH: Statement = {
  name: 'dispatch_accept_batch',
  text: `SELECT item, code, answer, retry_at FROM accept_batch(${Array.from({ length: PARAMETERS }, (_, i) => `$${i + 1}`).join(', ')}) ORDER BY item`,
};

/** The parameters of {@link ACCEPT_BATCH} for these messages, in order. */
export function acceptValues(plans: readonly AcceptPlan[], now: Date, wall: Date, ids: IdSource): unknown[] {
  const blob = new Blob();
  const at = (bytes: Uint8Array): [number, number] => [blob.add(bytes), bytes.byteLength];
  const wrapped = plans.map(({ sealed }) => at(sealed.wrapped));
  const subjects = plans.map(({ sealed }) => at(sealed.subject));
  const answers = plans.map((plan) => (plan.message.idempotencyKey === '' ? ([1, 0] as [number, number]) : at(encodeAnswer(acceptedOf(plan)))));
  const events = plans.map((plan) => at(acceptedEvent(plan)));
  const frames = plans.flatMap(({ sealed }, item) => sealed.frames.map((bytes, frame) => ({ item: item + 1, frame, place: at(bytes) })));
  const recipients = plans.flatMap(({ message, states }, item) => message.recipients.map((recipient, n) => ({ item: item + 1, n, ...recipient, state: states[n] })));
  return [
    now, wall, blob.bytes(),
    plans.map(({ message }) => message.id),
    plans.map(({ message }) => message.accountId),
    plans.map(({ message }) => message.mode),
    plans.map(({ releaseDay }) => releaseDay),
    plans.map(({ units }) => units),
    plans.map(({ scheduledAt }) => (scheduledAt === undefined ? 0 : 1)),
    plans.map(({ scheduledAt }) => scheduledAt ?? now),
    plans.map(({ expiresAt }) => expiresAt),
    plans.map(({ message }) => message.idempotencyKey || null),
    plans.map(({ message }) => Buffer.from(message.bodyHash).toString('hex')),
    plans.map(({ message }) => message.orderingKey || null),
    plans.map(({ sealed }) => sealed.epochId),
    plans.map(({ message }) => message.sensitive),
    wrapped.map(([start]) => start), wrapped.map(([, length]) => length),
    subjects.map(([start]) => start), subjects.map(([, length]) => length),
    answers.map(([start]) => start), answers.map(([, length]) => length),
    plans.map(() => ids.uuid()),
    events.map(([start]) => start), events.map(([, length]) => length),
    frames.map(({ item }) => item), frames.map(({ frame }) => frame), frames.map(({ place }) => place[0]), frames.map(({ place }) => place[1]),
    recipients.map(({ item }) => item),
    recipients.map(({ n }) => n),
    recipients.map(({ address }) => address),
    recipients.map(({ kind }) => kind),
    recipients.map(({ displayName }) => displayName),
    recipients.map(({ state }) => (state?.status === 'suppressed' ? 'suppressed' : 'accepted')),
    recipients.map(({ state }) => state?.reason ?? ''),
    recipients.map(({ address }) => domainOf(address)),
    JSON.stringify(plans.map(messageJson)),
  ];
}

function messageJson({ message, screen, createdAt, scheduledAt, messageIdHeader }: AcceptPlan, index: number): object {
  return {
    item: index + 1,
    account_ref: message.accountRef,
    source: message.source,
    from_address: message.fromAddress,
    from_header: message.fromHeader,
    envelope_from: message.envelopeFrom,
    reply_to: message.content.replyTo,
    category: message.category,
    tags: message.tags,
    metadata: message.metadata,
    message_id_header: messageIdHeader,
    created_at: createdAt,
    scheduled_at: scheduledAt ?? null,
    domain_id: screen.domainId,
    domain: screen.domain,
    return_path_domain: screen.returnPathDomain,
    selectors: screen.selectors,
    domain_version: screen.domainVersion,
    require_tls: message.requireTls,
    smtputf8: message.smtputf8,
    track_opens: message.trackOpens,
    track_clicks: message.trackClicks,
    client: message.client,
    key_id: message.keyId,
    request_id: message.requestId,
    content_kind: message.content.kind,
    content_bytes: message.content.bytes.byteLength,
    recipients: message.recipients.length,
  };
}
