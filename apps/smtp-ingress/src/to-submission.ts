import { createHash } from 'node:crypto';
import type { Principal, Submission, SubmissionRecipient } from '@nexoramail/contracts';
import { AppError, type IdSource } from '@nexoramail/kernel';
import { checkFieldCounts, decodeEncodedWords, fieldValue, formatMailbox, firstValue, parseMailbox, parseMailboxList, splitMessage, type SplitMessage } from '@nexoramail/mail';
import { checkCategory } from '@nexoramail/platform';
import { SESSION_LIMITS } from './limits.js';

/** What a session has said before DATA. */
export interface SmtpEnvelope {
  /** Empty for the null sender. */
  readonly from: string;
  readonly recipients: readonly string[];
  readonly smtputf8: boolean;
}

/** What the door adds to a message. */
export interface SmtpContext {
  readonly principal: Principal;
  readonly requestId: string;
  /** Peer for the Received field: address and EHLO name. */
  readonly client: string;
  readonly now: Date;
  readonly ids: IdSource;
}

const invalid = (message: string): AppError => new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'not_valid', message }] });
const NOT_OFFERED = ['x-nexora-template', 'x-nexora-track-opens', 'x-nexora-track-clicks'];
const METADATA = 'x-nexora-metadata-';

/** Too many Received fields: the message runs in a circle (RFC 5321 §6.3). Answered 554 5.4.6. */
export class MailLoopError extends Error {
  override readonly name = 'MailLoopError';
}

/** A received message with its envelope as a submission: the same use case as a REST send. Throws an AppError naming the header field to mend. */
export function toSubmission(raw: Buffer, envelope: SmtpEnvelope, context: SmtpContext): Submission {
  const message = splitMessage(raw);
  if (message.fields.filter(({ name }) => name === 'received').length >= SESSION_LIMITS.receivedFields) throw new MailLoopError();
  checkCounts(message);
  const from = parseMailboxField(message);
  const orders = readOrders(message, context.now);
  const { principal } = context;
  return {
    messageId: context.ids.uuid(),
    accountId: principal.accountId,
    accountRef: principal.accountRef,
    mode: principal.mode,
    source: 'smtp',
    fromAddress: from.email,
    from: formatMailbox(from),
    envelopeFrom: envelope.from,
    recipients: recipientsOf(message, envelope.recipients),
    content: { $case: 'raw', raw },
    category: checkCategory(orders.category ?? principal.defaultCategory),
    tags: orders.tags,
    metadata: orders.metadata,
    scheduledAt: orders.scheduledAt,
    expiresInS: 0,
    trackOpens: false,
    trackClicks: false,
    sensitive: orders.sensitive,
    orderingKey: '',
    requireTls: false,
    idempotencyKey: orders.idempotencyKey,
    bodyHash: hashOf(raw, envelope),
    receivedAt: context.now,
    subject: decodeEncodedWords(firstValue(message, 'subject') ?? '').slice(0, 998),
    keyId: principal.keyId,
    requestId: context.requestId,
    client: context.client,
    smtputf8: envelope.smtputf8,
  };
}

function checkCounts(message: SplitMessage): void {
  try {
    checkFieldCounts(message);
  } catch (error) {
    // The field's name as people write it, so that the reply names what they see.
    if (error instanceof AppError) throw new AppError('validation_failed', error.message.replace(/\b(from|subject|date|to|cc|bcc|sender)\b/g, (name) => name.charAt(0).toUpperCase() + name.slice(1)), { errors: error.errors });
    throw error;
  }
}

function parseMailboxField(message: SplitMessage): ReturnType<typeof parseMailbox> {
  const value = firstValue(message, 'from') ?? '';
  try {
    return parseMailbox(value, { pointer: '/headers/from' });
  } catch (error) {
    if (error instanceof AppError) throw new AppError('validation_failed', `The From field must hold exactly one mailbox: ${error.message}`, { errors: error.errors });
    throw error;
  }
}

/** Envelope recipients rule; the header only says how each is shown: in To, in Cc, or not at all. */
function recipientsOf(message: SplitMessage, envelope: readonly string[]): SubmissionRecipient[] {
  const shown = new Map<string, { kind: string; displayName: string }>();
  for (const kind of ['cc', 'to']) {
    const value = firstValue(message, kind);
    if (value === undefined) continue;
    try {
      for (const { email, displayName } of parseMailboxList(value)) shown.set(email, { kind, displayName: displayName ?? '' });
    } catch {
      // Delivered byte for byte: a To field that we cannot read is the reader's affair, the envelope says who gets it.
    }
  }
  const order = { to: 0, cc: 1, bcc: 2 };
  const unique = [...new Set(envelope)].map((address) => ({ address, kind: 'bcc', displayName: '', ...shown.get(address) }));
  return unique.sort((a, b) => order[a.kind as keyof typeof order] - order[b.kind as keyof typeof order]);
}

interface Orders {
  readonly category: string | undefined;
  readonly tags: string[];
  readonly metadata: Record<string, string>;
  readonly scheduledAt: Date | undefined;
  readonly sensitive: boolean;
  readonly idempotencyKey: string;
}

/** The `X-Nexora-*` fields: what a REST body says in JSON. They are removed before delivery. */
function readOrders(message: SplitMessage, now: Date): Orders {
  const own = message.fields.filter(({ name }) => name.startsWith('x-nexora-')).map((field) => ({ name: field.name, value: fieldValue(message, field) }));
  const one = (name: string): string | undefined => {
    const found = own.filter((field) => field.name === name);
    if (found.length > 1) throw invalid(`The header has more than one ${title(name)} field.`);
    return found[0]?.value;
  };
  for (const { name, value } of own) {
    if (NOT_OFFERED.includes(name) && !/^(no|false|0|)$/i.test(value)) throw invalid(`${title(name)} is not offered yet: leave it out.`);
  }
  const tags = [...new Set(own.filter(({ name }) => name === 'x-nexora-tag').flatMap(({ value }) => value.split(',').map((tag) => tag.trim())).filter(Boolean))];
  if (tags.length > 10) throw invalid(`The message has ${tags.length} tags; at most 10 are allowed.`);
  if (tags.some((tag) => !/^[A-Za-z0-9._:-]{1,64}$/.test(tag))) throw invalid('A tag in X-Nexora-Tag has 1 to 64 letters, digits and . _ : - ; several are separated by commas.');
  const idempotencyKey = one('x-nexora-idempotency-key') ?? '';
  if (idempotencyKey !== '' && !/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) throw invalid('X-Nexora-Idempotency-Key must have 1 to 255 printable ASCII characters.');
  const sensitive = one('x-nexora-sensitive') ?? 'false';
  if (!/^(true|false|yes|no|1|0)$/i.test(sensitive)) throw invalid('X-Nexora-Sensitive must be true or false.');
  return { category: one('x-nexora-category'), tags, metadata: metadataOf(own), scheduledAt: scheduleOf(one('x-nexora-scheduled-at'), now), sensitive: /^(true|yes|1)$/i.test(sensitive), idempotencyKey };
}

const title = (name: string): string => name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());

function metadataOf(own: readonly { name: string; value: string }[]): Record<string, string> {
  const entries = own.filter(({ name }) => name.startsWith(METADATA)).map(({ name, value }) => [name.slice(METADATA.length), value] as const);
  if (entries.length > 50) throw invalid(`The message has ${entries.length} metadata fields; at most 50 are allowed.`);
  for (const [key, value] of entries) {
    if (!/^[a-z0-9_.:-]{1,40}$/.test(key)) throw invalid('A metadata key in X-Nexora-Metadata-<key> has 1 to 40 letters, digits and . _ : -');
    if (value.length > 500) throw invalid(`The metadata ${key} has ${value.length} characters; at most 500 are allowed.`);
  }
  return Object.fromEntries(entries);
}

function scheduleOf(value: string | undefined, now: Date): Date | undefined {
  if (value === undefined) return undefined;
  const at = new Date(/^\d{4}-\d\d-\d\dT/.test(value) ? value : Number.NaN);
  if (Number.isNaN(at.getTime())) throw invalid('X-Nexora-Scheduled-At must be a time of RFC 3339 such as 2026-12-01T08:00:00Z.');
  if (at.getTime() - now.getTime() > 30 * 86_400_000) throw invalid('X-Nexora-Scheduled-At may lie at most 30 days ahead.');
  return at > now ? at : undefined;
}

function hashOf(raw: Buffer, { from, recipients }: SmtpEnvelope): Buffer {
  return createHash('sha256').update(JSON.stringify([from, recipients])).update(raw).digest();
}
