const CR = 13;
const LF = 10;
const DOT = 46;

/** The message holds what must never go on the wire: a defect behind the doors, never the peer's fault (`sec-A4`). */
export class UnsafeMessageError extends Error {
  override readonly name = 'UnsafeMessageError';
  /** Index of the first octet at fault. */
  readonly offset: number;

  constructor(offset: number) {
    super(`bare CR, bare LF or NUL at octet ${offset}`);
    this.offset = offset;
  }
}

/**
 * Stuffs leading dots (RFC 5321 §4.5.2), in one pass; the same buffer comes back when no line starts with a dot.
 * Throws {@link UnsafeMessageError} on a bare CR, a bare LF or a NUL.
 */
export function dotStuff(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const dots: number[] = [];
  if (bytes[0] === DOT) dots.push(0);
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] as number; // i is below the length
    if (byte > CR) continue;
    if (byte === CR) {
      i += 1;
      if (bytes[i] !== LF) throw new UnsafeMessageError(i - 1);
      if (bytes[i + 1] === DOT) dots.push(i + 1);
    } else if (byte === LF || byte === 0) throw new UnsafeMessageError(i);
  }
  if (dots.length === 0) return bytes;
  const stuffed = Buffer.allocUnsafe(bytes.length + dots.length);
  let from = 0;
  let to = 0;
  for (const dot of dots) {
    to += bytes.copy(stuffed, to, from, dot);
    stuffed[to] = DOT;
    to += 1;
    from = dot;
  }
  bytes.copy(stuffed, to, from);
  return stuffed;
}

/** The octets that end a message on the wire: a CRLF first when the message does not end in one. */
export function endOfData(message: Uint8Array): string {
  const ends = message.length === 0 || (message[message.length - 2] === CR && message[message.length - 1] === LF);
  return ends ? '.\r\n' : '\r\n.\r\n';
}
