import { AppError } from '@nexoramail/kernel';

/** A header field by its place in the message. Offsets are into the raw bytes; `end` is behind its last CRLF. */
export interface RawField {
  /** Lower-case name. */
  readonly name: string;
  readonly start: number;
  /** Behind the colon. */
  readonly valueStart: number;
  readonly end: number;
}

/** A message in two views of one buffer: nothing is copied. */
export interface SplitMessage {
  readonly raw: Uint8Array;
  readonly fields: readonly RawField[];
  /** All fields, without the blank line. */
  readonly header: Uint8Array;
  /** Behind the blank line; empty when there is none. */
  readonly body: Uint8Array;
}

const CR = 13;
const LF = 10;
const COLON = 58;
/** Enough for any honest message, far below what costs time. Source: security.md A10, A30. */
const MAX_HEADER = 262_144;
const MAX_FIELDS = 2000;

/**
 * Splits a raw message into header fields and body without copying. Lines must end in CRLF (the SMTP guard sees to it). Throws
 * `validation_failed` for a header line that is no field, over 256 KiB of header or over 2,000 fields.
 */
export function splitMessage(raw: Uint8Array): SplitMessage {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const fields: RawField[] = [];
  let at = 0;
  while (at < bytes.length && !(bytes[at] === CR && bytes[at + 1] === LF)) {
    if (fields.length >= MAX_FIELDS) throw headerMalformed('The message header has more than 2,000 fields.');
    const { name, valueStart } = fieldName(bytes, at);
    const end = fieldEnd(bytes, valueStart);
    fields.push({ name, start: at, valueStart, end });
    at = end;
  }
  return { raw, fields, header: bytes.subarray(0, at), body: bytes.subarray(Math.min(at + 2, bytes.length)) };
}

function fieldName(bytes: Buffer, start: number): { name: string; valueStart: number } {
  let i = start;
  for (const limit = Math.min(bytes.length, start + 998); i < limit; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === COLON) break;
    if (byte < 33 || byte > 126) break;
  }
  const nameEnd = i;
  while (bytes[i] === 32 || bytes[i] === 9) i++; // obsolete white space before the colon (RFC 5322 §4.5)
  if (bytes[i] !== COLON || nameEnd === start) throw headerMalformed('A header line is no field: it needs a name, a colon and a value.');
  return { name: bytes.toString('latin1', start, nameEnd).toLowerCase(), valueStart: i + 1 };
}

/** Behind the CRLF that is not followed by white space (RFC 5322 §2.2.3). */
function fieldEnd(bytes: Buffer, from: number): number {
  for (let at = from; ; ) {
    const lf = bytes.indexOf(LF, at);
    at = lf < 0 ? bytes.length : lf + 1;
    if (at > MAX_HEADER) throw headerMalformed('The message header is larger than 256 KiB.');
    const next = bytes[at];
    if (next !== 32 && next !== 9) return at;
  }
}

/** The refusal of a message whose header cannot be read one way only. */
export function headerMalformed(message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer: '', code: 'header_malformed', message }] });
}

/** A field's value unfolded, without the white space around it, as UTF-8. Encoded-words stay: see `decodeEncodedWords`. */
export function fieldValue(message: SplitMessage, field: RawField): string {
  const bytes = Buffer.from(message.raw.buffer, message.raw.byteOffset + field.valueStart, field.end - field.valueStart);
  return bytes.toString('utf8').replaceAll(/\r\n(?=[ \t])/g, '').trim();
}

/** The unfolded value of the first field of that name, or undefined. */
export function firstValue(message: SplitMessage, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const field = message.fields.find((candidate) => candidate.name === wanted);
  return field === undefined ? undefined : fieldValue(message, field);
}

// RFC 5322 §3.6: fields that may stand once. Resent ones come in blocks and are not ours to judge here.
const ONCE = new Set(['date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references', 'subject', 'mime-version', 'content-type', 'content-transfer-encoding']);

/**
 * Refuses a submitted message that repeats a field which may stand once, or has no From: readers would disagree on which counts.
 * Throws `validation_failed` with pointer `/headers/<name>`. Source: security.md S31.
 */
export function checkFieldCounts(message: SplitMessage): void {
  const seen = new Set<string>();
  for (const { name } of message.fields) {
    if (seen.has(name) && ONCE.has(name)) throw repeated(name, `The header has more than one ${name} field.`);
    seen.add(name);
  }
  if (!seen.has('from')) throw repeated('from', 'The header has no From field.');
}

function repeated(name: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer: `/headers/${name}`, code: 'header_count', message }] });
}
