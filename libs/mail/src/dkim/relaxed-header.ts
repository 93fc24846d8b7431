import type { RawField, SplitMessage } from '../mime/split.js';

/** A field in relaxed canonical form with its CRLF (RFC 6376 §3.4.2), as latin1: one letter per octet, so 8-bit headers survive. */
export function relaxedField(message: SplitMessage, field: RawField): string {
  const value = Buffer.from(message.raw.buffer, message.raw.byteOffset + field.valueStart, field.end - field.valueStart).toString('latin1');
  return `${field.name}:${relaxedValue(value)}\r\n`;
}

/** Unfolds, makes one space of each run of white space, and drops it at both ends. */
export function relaxedValue(value: string): string {
  return value.replaceAll('\r\n', '').replaceAll(/[ \t]+/g, ' ').replace(/^ /, '').replace(/ $/, '');
}
