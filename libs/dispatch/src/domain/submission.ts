import { AppError, CATEGORIES, timeOfUuid, type Mode } from '@nexoramail/kernel';

/** One recipient of a submission, in the order to, cc, bcc. */
export interface NewRecipient {
  /** Canonical address of `libs/mail`. */
  readonly address: string;
  readonly kind: 'to' | 'cc' | 'bcc';
  readonly displayName: string;
}

/** What is sealed: content to build a message from, encoded, or submitted MIME. */
export interface NewContent {
  readonly kind: 'composed' | 'raw';
  readonly bytes: Uint8Array;
  /** Reply-To mailboxes as given, for read models; empty for submitted MIME. */
  readonly replyTo: readonly string[];
}

/** A message to accept. The door has validated it; {@link checkSubmission} repeats what acceptance relies on. */
export interface NewMessage {
  readonly id: string;
  readonly accountId: string;
  readonly accountRef: number;
  readonly mode: Mode;
  readonly source: 'rest' | 'smtp';
  readonly fromAddress: string;
  readonly fromHeader: string;
  readonly envelopeFrom: string;
  readonly recipients: readonly NewRecipient[];
  readonly content: NewContent;
  readonly category: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly scheduledAt: Date | undefined;
  /** 0: the category's. */
  readonly expiresInS: number;
  readonly trackOpens: boolean;
  readonly trackClicks: boolean;
  readonly sensitive: boolean;
  readonly orderingKey: string;
  readonly requireTls: boolean;
  readonly idempotencyKey: string;
  readonly bodyHash: Uint8Array;
  readonly subject: string;
  readonly keyId: string;
  readonly requestId: string;
  readonly client: string;
  readonly smtputf8: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ANY_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_RECIPIENTS = 50;
/** No message waits longer than this after it was released (`flows.md` §5). */
const MAX_LIFE_S = 172_800;
const MAX_SCHEDULE_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;

const refuse = (pointer: string, code: string, message: string): AppError => new AppError('validation_failed', message, { errors: [{ pointer, code, message }] });

/** Throws `validation_failed` or `category_not_permitted` for what acceptance cannot do without; never names an address. */
export function checkSubmission(message: NewMessage, now: Date): void {
  if (!UUID.test(message.id)) throw refuse('', 'message_id', 'The message id is not a UUIDv7.');
  if (Math.abs(timeOfUuid(message.id) - now.getTime()) > DAY_MS) throw refuse('', 'message_id', 'The message id is more than a day away from now.');
  if (!ANY_UUID.test(message.accountId)) throw refuse('', 'account_id', 'The account id is not a UUID.');
  if (!(message.accountRef >= 0 && message.accountRef < 2 ** 40)) throw refuse('', 'account_ref', 'The account number has more than 40 bits.');
  if (message.recipients.length === 0) throw refuse('/to', 'recipients_missing', 'A message needs at least one recipient.');
  if (message.recipients.length > MAX_RECIPIENTS) throw refuse('/to', 'recipients_too_many', `A message has at most ${MAX_RECIPIENTS} recipients.`);
  if (new Set(message.recipients.map(({ address }) => address)).size !== message.recipients.length) throw refuse('/to', 'recipients_repeated', 'A recipient stands twice.');
  for (const { address } of [...message.recipients, { address: message.fromAddress }]) {
    const at = address.lastIndexOf('@');
    if (at < 1 || at > 320 || /[\r\n\0<>\s]/.test(address)) throw refuse('', 'address_malformed', 'An address is not in canonical form.');
  }
  if (!Object.hasOwn(CATEGORIES, message.category)) throw new AppError(message.category === '' ? 'category_required' : 'category_not_permitted', 'The category is not one of the permitted ones.');
  if (message.orderingKey !== '' && message.scheduledAt !== undefined) throw refuse('/ordering_key', 'ordering_key_scheduled', 'A scheduled message cannot have an ordering_key.');
  if (message.scheduledAt !== undefined && message.scheduledAt.getTime() - now.getTime() > MAX_SCHEDULE_MS + DAY_MS) throw refuse('/scheduled_at', 'scheduled_too_late', 'scheduled_at is at most 30 days ahead.');
  if (message.idempotencyKey.length > 255) throw refuse('', 'idempotency_key', 'An idempotency key has at most 255 characters.');
}

/** True when the message waits for its time. A `scheduled_at` that has passed means now. */
export function isScheduled(message: NewMessage, now: Date): boolean {
  return message.scheduledAt !== undefined && message.scheduledAt.getTime() > now.getTime();
}

/** When delivery ends at the latest: category or request, at most 48 h, counted from the release. */
export function expiryOf(message: NewMessage, now: Date): Date {
  const category = CATEGORIES[message.category]?.ttlS ?? MAX_LIFE_S;
  const seconds = Math.min(message.expiresInS > 0 ? message.expiresInS : category, MAX_LIFE_S);
  const from = isScheduled(message, now) && message.scheduledAt !== undefined ? message.scheduledAt : now;
  return new Date(from.getTime() + seconds * 1000);
}

/** UTC day of the partition: of the id's own time, so that a look-up finds it; of `scheduled_at` for scheduled mail. */
export function releaseDay(message: NewMessage, now: Date): string {
  return dayOf(isScheduled(message, now) && message.scheduledAt !== undefined ? message.scheduledAt : new Date(timeOfUuid(message.id)));
}

/** A time's UTC day, `2026-03-01`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The domain of a canonical address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
