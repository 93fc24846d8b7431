import { AppError } from '@nexoramail/kernel';

/** Names a customer may set by themselves; every `X-…` that is not ours or a provider's is allowed too. */
const ALLOWED = new Set([
  'in-reply-to', 'references', 'comments', 'keywords', 'importance', 'priority', 'sensitivity', 'auto-submitted', 'precedence', 'organization',
  'content-language', 'list-id', 'list-help', 'list-owner', 'list-archive', 'list-subscribe', 'list-unsubscribe', 'list-unsubscribe-post',
  'require-recipient-valid-since', 'disposition-notification-to', 'entity-ref-id', 'message-context', 'thread-topic', 'thread-index', 'accept-language', 'expires',
]);
/** Starts of names that carry meaning for us, a provider or a filter: never a customer's to set. */
const RESERVED = ['x-nexora-', 'x-ses-', 'x-amz-', 'x-google-', 'x-gm-', 'x-microsoft-', 'x-ms-', 'x-forefront-', 'x-exchange-', 'x-spam-', 'x-sender-', 'x-received', 'x-original-', 'x-authenti', 'x-dkim', 'x-arc', 'x-csa-', 'x-report-', 'x-feedback-', 'x-complaints', 'x-abuse', 'x-mailgun-', 'x-sg-', 'x-smtpapi', 'x-pm-', 'x-mj-', 'x-envelope-', 'x-rcpt-', 'x-return-'];

const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,75}$/;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const MAX_OCTETS = 998;

/**
 * Checks one entry of a send body's `headers`: an allowed name, and a string of one line, ≤998 octets. `value` is unknown because it
 * comes from JSON. Throws `validation_failed` with pointer `/headers/<name>`. Source: security.md A20, A21; policy.md P08.
 */
export function checkCustomHeader(name: string, value: unknown): { readonly name: string; readonly value: string } {
  const pointer = `/headers/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const refuse = (code: string, message: string): AppError => new AppError('validation_failed', message, { errors: [{ pointer, code, message }] });
  if (!NAME.test(name)) throw refuse('header_name', 'A header name has 1 to 76 letters, digits and hyphens.');
  const lower = name.toLowerCase();
  const allowed = ALLOWED.has(lower) || (lower.startsWith('x-') && lower.length > 2 && !RESERVED.some((start) => lower.startsWith(start)));
  if (!allowed) throw refuse('header_not_allowed', 'This header cannot be set by senders. Use the field of the send body made for it, or a name of your own that starts with X-.');
  if (typeof value !== 'string') throw refuse('header_value', 'A header value is a string.');
  if (CONTROL.test(value)) throw refuse('header_value', 'A line break or control character cannot stand in a header value. Remove it.');
  if (Buffer.byteLength(value) > MAX_OCTETS) throw refuse('header_value', 'A header value has at most 998 octets.');
  return { name, value };
}
