import type { Attachment, Header, Submission, SubmissionRecipient } from '@nexoramail/contracts';
import { AppError, isAppError, type FieldError, type IdSource } from '@nexoramail/kernel';
import { checkCustomHeader, formatMailbox, parseMailbox, type Mailbox } from '@nexoramail/mail';
import { checkCategory } from '@nexoramail/platform';
import type { Caller } from '../auth/caller.js';
import { validationFailed } from '../http/validation.js';
import { SEND_LIMITS, type SendBody } from './send-body.js';

type MailboxInput = SendBody['from'];

/** What the door adds to a body. */
export interface SendContext {
  readonly caller: Caller;
  /** SHA-256 of the request's body. */
  readonly bodyHash: Buffer;
  readonly idempotencyKey: string;
  readonly requestId: string;
  readonly now: Date;
  readonly ids: IdSource;
}

/** Collects faults, so that a customer mends all of them at once. */
class Faults {
  readonly list: FieldError[] = [];

  add(pointer: string, code: string, message: string): void {
    this.list.push({ pointer, code, message });
  }

  /** The value, or undefined with its faults noted; every pointer begins with `pointer`. */
  try<T>(pointer: string, make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!isAppError(error) || error.code !== 'validation_failed') throw error;
      if (error.errors.length === 0) this.add(pointer, 'not_valid', error.message);
      for (const { pointer: at, code, message } of error.errors) this.add(at.startsWith(pointer) ? at : pointer + at, code, message);
      return undefined;
    }
  }
}

/** A validated send body as a submission with an id of its own. Throws `validation_failed` with every fault, or the category's own code. */
export function toSubmission(body: SendBody, context: SendContext): Submission {
  const faults = new Faults();
  const category = checkCategory(body.category ?? context.caller.defaultCategory);
  const from = faults.try('/from', () => parseMailbox(body.from, { pointer: '/from' }));
  const recipients = collectRecipients(body, faults);
  const headers = collectHeaders(body.headers ?? {}, faults);
  const attachments = collectAttachments(body.attachments ?? [], faults);
  const scheduledAt = checkSchedule(body, context.now, faults);
  const replyTo = collectReplyTo(body.reply_to, faults);
  checkBodies(body, faults);
  checkTexts(body, faults);
  if (faults.list.length > 0 || from === undefined) throw validationFailed(faults.list);
  checkSize(body, attachments);
  return {
    messageId: context.ids.uuid(),
    accountId: context.caller.accountId,
    accountRef: context.caller.accountRef,
    mode: context.caller.mode,
    source: 'rest',
    fromAddress: from.email,
    from: formatMailbox(from),
    envelopeFrom: '',
    recipients,
    content: {
      $case: 'composed',
      composed: { html: body.html, text: body.text, replyTo: replyTo.map(formatMailbox), headers, attachments },
    },
    category,
    tags: [...new Set(body.tags ?? [])],
    metadata: body.metadata ?? {},
    scheduledAt,
    expiresInS: body.expires_in_s ?? 0,
    trackOpens: false,
    trackClicks: false,
    sensitive: body.sensitive ?? false,
    orderingKey: body.ordering_key ?? '',
    requireTls: body.require_tls ?? false,
    idempotencyKey: context.idempotencyKey,
    bodyHash: context.bodyHash,
    receivedAt: context.now,
    subject: body.subject,
    keyId: context.caller.kind === 'key' ? context.caller.credentialId : '',
    requestId: context.requestId,
    client: '',
    smtputf8: from.needsSmtpUtf8 || recipients.some(({ address }) => needsUtf8(address)),
  };
}

// eslint-disable-next-line no-control-regex -- every character outside ASCII
const needsUtf8 = (address: string): boolean => /[^\x00-\x7f]/.test(address);

function collectRecipients(body: SendBody, faults: Faults): SubmissionRecipient[] {
  const found = new Map<string, SubmissionRecipient>();
  let count = 0;
  for (const kind of ['to', 'cc', 'bcc'] as const) {
    const given = body[kind];
    const entries: MailboxInput[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
    entries.forEach((entry, index) => {
      count += 1;
      if (count > SEND_LIMITS.recipients) return;
      const pointer = Array.isArray(given) ? `/${kind}/${index}` : `/${kind}`;
      const mailbox = faults.try(pointer, () => parseMailbox(entry, { pointer }));
      if (mailbox && !found.has(mailbox.email)) found.set(mailbox.email, { address: mailbox.email, kind, displayName: mailbox.displayName ?? '' });
    });
  }
  if (count > SEND_LIMITS.recipients) faults.add('/to', 'too_many', `The message has ${count} recipients in to, cc and bcc; at most ${SEND_LIMITS.recipients} are allowed. Send it in parts.`);
  if (Array.isArray(body.to) && body.to.length === 0) faults.add('/to', 'too_few', '`to` needs at least one recipient.');
  return [...found.values()];
}

function collectReplyTo(given: SendBody['reply_to'], faults: Faults): Mailbox[] {
  const entries: MailboxInput[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return entries.flatMap((entry, index) => {
    const pointer = Array.isArray(given) ? `/reply_to/${index}` : '/reply_to';
    return faults.try(pointer, () => parseMailbox(entry, { pointer })) ?? [];
  });
}

function collectHeaders(headers: Readonly<Record<string, string>>, faults: Faults): Header[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const pointer = `/headers/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const allowed = faults.try(pointer, () => (checkCustomHeader(name, value), true));
    return allowed ? [{ name, value }] : [];
  });
}

function collectAttachments(given: NonNullable<SendBody['attachments']>, faults: Faults): Attachment[] {
  return given.map(({ filename, content, content_type: contentType, content_id: contentId }, index) => {
    const base = `/attachments/${index}`;
    // Controls, separators of paths and bidi marks: a file name is one visible name.
    if (/[\p{Cc}\p{Zl}\p{Zp}/\\\u202a-\u202e\u2066-\u2069]/u.test(filename)) faults.add(`${base}/filename`, 'wrong_format', 'A file name holds no path, control or bidirectional character.');
    const bytes = Buffer.from(content, 'base64');
    // Node skips what is not base64: only a text that it would write itself is whole.
    if (bytes.toString('base64').replace(/=+$/, '') !== content.replaceAll(/\s/g, '').replace(/=+$/, '')) faults.add(`${base}/content`, 'wrong_format', '`content` must be base64 (RFC 4648 §4).');
    return { filename, contentType: contentType ?? 'application/octet-stream', contentId: contentId ?? '', content: bytes };
  });
}

function checkSchedule(body: SendBody, now: Date, faults: Faults): Date | undefined {
  if (body.scheduled_at === undefined) return undefined;
  const at = new Date(body.scheduled_at);
  const days = (at.getTime() - now.getTime()) / 86_400_000;
  if (Number.isNaN(days)) faults.add('/scheduled_at', 'wrong_format', '`scheduled_at` must be a time of RFC 3339 such as 2026-12-01T08:00:00Z.');
  if (days > SEND_LIMITS.scheduledDays) faults.add('/scheduled_at', 'out_of_range', `\`scheduled_at\` may lie at most ${SEND_LIMITS.scheduledDays} days ahead.`);
  if (body.ordering_key !== undefined) faults.add('/ordering_key', 'not_allowed', '`ordering_key` cannot be combined with `scheduled_at`: an order over times of the future cannot be kept.');
  return days <= 0 ? undefined : at;
}

function checkBodies(body: SendBody, faults: Faults): void {
  if ((body.html ?? '') === '' && (body.text ?? '') === '') faults.add('/text', 'required', 'One of `html` and `text` is required and must not be empty.');
  for (const which of ['opens', 'clicks'] as const) {
    if (body.tracking?.[which]) faults.add(`/tracking/${which}`, 'not_allowed', 'Tracking of opens and clicks is not offered yet: leave it out or set it to false.');
  }
}

function checkTexts(body: SendBody, faults: Faults): void {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(body.subject.replaceAll('\t', ' '))) faults.add('/subject', 'wrong_format', 'The subject holds a line break or control character: a header is one line.');
  for (const key of Object.keys(body.metadata ?? {})) {
    if (!/^[A-Za-z0-9_.:-]{1,40}$/.test(key)) faults.add(`/metadata/${key.slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1')}`, 'wrong_format', 'A metadata key has 1 to 40 letters, digits and . _ : -');
  }
}

function checkSize(body: SendBody, attachments: readonly Attachment[]): void {
  const size = Buffer.byteLength(body.html ?? '') + Buffer.byteLength(body.text ?? '') + attachments.reduce((sum, { content }) => sum + content.length, 0);
  if (size > SEND_LIMITS.messageBytes) {
    throw new AppError('payload_too_large', `Bodies and attachments have ${size} bytes in all; at most ${SEND_LIMITS.messageBytes} are taken. Link to large files instead.`);
  }
}
