import type { Random } from '@nexoramail/kernel';
import { AppError } from '@nexoramail/kernel';
import { attachmentPart, type MessageAttachment } from './attachment.js';
import { encodeText } from './body-encoding.js';
import { addressField, checkHeaderText, headerFault, tokenField, unstructuredField, type HeaderMailbox } from './header-field.js';
import { messageDate } from './message-date.js';
import { Boundaries, multipart, pack, type Part } from './part.js';

/** Everything a message is built of. Addresses are canonical (`parseAddress`), names and texts any Unicode. */
export interface ComposeInput {
  readonly from: HeaderMailbox;
  readonly replyTo?: readonly HeaderMailbox[];
  /** Empty when all recipients are blind copies; the message then says `undisclosed-recipients:;`. Bcc is never written. */
  readonly to: readonly HeaderMailbox[];
  readonly cc?: readonly HeaderMailbox[];
  readonly subject: string;
  readonly html?: string;
  readonly text?: string;
  /** Further fields in order, allowed beforehand by `checkCustomHeader`. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  readonly attachments?: readonly MessageAttachment[];
  readonly date: Date;
  /** With or without angle brackets; printable ASCII with one @. */
  readonly messageId: string;
  /** RFC 2369, RFC 8058: `url` (https) first, `mailto` address behind it; the one-click field goes with the url. */
  readonly listUnsubscribe?: { readonly url: string; readonly mailto?: string };
}

/** A finished message. `needsSmtpUtf8`: a header holds a non-ASCII address, so the peer must offer SMTPUTF8. */
export interface ComposedMessage {
  readonly mime: Uint8Array;
  readonly messageIdHeader: string;
  readonly needsSmtpUtf8: boolean;
}

const MESSAGE_ID = /^[\x21-\x3b\x3d\x3f\x41-\x7e]{1,200}@[\x21-\x3b\x3d\x3f\x41-\x5a\x5e-\x7e]{1,253}$/;
const HTTPS_URL = /^https?:\/\/[\x21-\x3b\x3d\x3f-\x7e]{1,900}$/;

/**
 * Builds a message for the wire: CRLF everywhere, lines ≤76 in bodies and ≤998 in headers (folded at 78 where possible), text, html,
 * alternative, related (attachments with a content id beside html) and mixed as needed. Whatever the input, no field or part but those
 * asked for can appear: a control in a header throws `validation_failed` with the field's pointer. Source: security.md S30–S33, A3, A20.
 */
export function composeMessage(input: ComposeInput, random: Random): ComposedMessage {
  const messageIdHeader = bracketed(input.messageId);
  const body = bodyOf(input, new Boundaries(random));
  const headers = `${fieldsOf(input, messageIdHeader)}MIME-Version: 1.0\r\n`;
  const needsSmtpUtf8 = /[^\x00-\x7f]/.test(headers); // eslint-disable-line no-control-regex
  return { mime: pack(headers, body), messageIdHeader, needsSmtpUtf8 };
}

function fieldsOf(input: ComposeInput, messageIdHeader: string): string {
  let out = `Date: ${messageDate(input.date)}\r\n`;
  out += addressField('From', [input.from], '/from');
  out += input.to.length > 0 ? addressField('To', input.to, '/to') : 'To: undisclosed-recipients:;\r\n';
  if (input.cc !== undefined && input.cc.length > 0) out += addressField('Cc', input.cc, '/cc');
  if (input.replyTo !== undefined && input.replyTo.length > 0) out += addressField('Reply-To', input.replyTo, '/reply_to');
  out += unstructuredField('Subject', input.subject, '/subject');
  out += tokenField('Message-ID', [messageIdHeader]);
  if (input.listUnsubscribe !== undefined) out += unsubscribeFields(input.listUnsubscribe);
  for (const { name, value } of input.headers ?? []) out += customField(name, value);
  return out;
}

// Reply threads break when a message id is encoded or cut, so fields of ids keep their tokens whole.
const ID_FIELDS = new Set(['references', 'in-reply-to']);

function customField(name: string, value: string): string {
  const pointer = `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  checkHeaderText(value, pointer);
  const tokens = value.trim().split(/[ \t]+/);
  if (ID_FIELDS.has(name.toLowerCase()) && tokens.every((token) => /^<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>$/.test(token))) return tokenField(name, tokens);
  return unstructuredField(name, value, pointer);
}

function unsubscribeFields({ url, mailto }: { readonly url: string; readonly mailto?: string }): string {
  if (!HTTPS_URL.test(url)) throw headerFault('', 'The unsubscribe URL must be an absolute URL of printable ASCII characters.');
  if (mailto !== undefined && !/^[\x21-\x3b\x3d\x3f-\x7e]{3,900}$/.test(mailto)) throw headerFault('', 'The unsubscribe address must be printable ASCII.');
  const targets = mailto === undefined ? [`<${url}>`] : [`<${url}>`, `<mailto:${mailto}>`];
  return `${tokenField('List-Unsubscribe', targets, ',')}List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`;
}

function bracketed(messageId: string): string {
  const inner = messageId.startsWith('<') && messageId.endsWith('>') ? messageId.slice(1, -1) : messageId;
  if (!MESSAGE_ID.test(inner)) throw headerFault('', 'A message id is printable ASCII with one @ between its halves.');
  return `<${inner}>`;
}

function bodyOf(input: ComposeInput, boundaries: Boundaries): Part {
  const attachments = (input.attachments ?? []).map((attachment, index) => ({ attachment, pointer: `/attachments/${String(index)}` }));
  const isInline = (a: MessageAttachment): boolean => a.contentId !== undefined && input.html !== undefined;
  const inline = attachments.filter(({ attachment }) => isInline(attachment)).map(({ attachment, pointer }) => attachmentPart(attachment, 'inline', pointer));
  const attached = attachments.filter(({ attachment }) => !isInline(attachment)).map(({ attachment, pointer }) => attachmentPart(attachment, 'attachment', pointer));
  const alternatives: Part[] = [];
  if (input.text !== undefined) alternatives.push(textPart('plain', input.text));
  if (input.html !== undefined) {
    const html = textPart('html', input.html);
    alternatives.push(inline.length > 0 ? multipart(boundaries, 'related', [html, ...inline], '; type="text/html"') : html);
  }
  const [first, second] = alternatives;
  if (first === undefined) {
    const message = 'A message needs text or html.';
    throw new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'body_missing', message }] });
  }
  const content = second === undefined ? first : multipart(boundaries, 'alternative', alternatives);
  return attached.length > 0 ? multipart(boundaries, 'mixed', [content, ...attached]) : content;
}

function textPart(subtype: 'plain' | 'html', text: string): Part {
  const { encoding, bytes } = encodeText(text);
  return { headers: `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`, chunks: [bytes] };
}
