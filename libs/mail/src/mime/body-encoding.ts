/** RFC 2045 §6: how a body part travels. 8bit and binary are never made: not every relay passes them. */
export type TransferEncoding = '7bit' | 'quoted-printable' | 'base64';

const HEX = Buffer.from('0123456789ABCDEF');
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;
/** RFC 2045 §6.7 (5), §6.8: encoded lines have at most 76 characters. */
const MAX_LINE = 76;

/** A part's bytes as they go on the wire: CRLF line ends only, no line over 76 octets, ending in CRLF unless empty. */
export interface EncodedBody {
  readonly encoding: TransferEncoding;
  readonly bytes: Uint8Array;
}

/** Encodes a text body (any of CRLF, LF, CR ends a line) as 7bit, quoted-printable or base64, whichever is plain, then shorter. */
export function encodeText(text: string): EncodedBody {
  const source = Buffer.from(text, 'utf8');
  const { plain, escaped, room } = survey(source);
  if (plain) return { encoding: '7bit', bytes: withCrlf(source) };
  if (2 * escaped > source.length * 0.36 + 16) return { encoding: 'base64', bytes: encodeBase64(withCrlf(source)) };
  return { encoding: 'quoted-printable', bytes: quotedPrintable(source, room) };
}

/** Base64 in CRLF lines of 76 letters. Large contents are encoded natively and moved a line at a time. */
export function encodeBase64(content: Uint8Array): Uint8Array {
  const letters = Buffer.from(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'), 'latin1');
  const out = Buffer.allocUnsafeSlow(letters.length + 2 * Math.ceil(letters.length / MAX_LINE));
  let to = 0;
  for (let from = 0; from < letters.length; from += MAX_LINE) {
    to += letters.copy(out, to, from, Math.min(from + MAX_LINE, letters.length));
    out[to++] = CR;
    out[to++] = LF;
  }
  return out;
}

/** One pass: may the text go as it is, how many bytes need escaping, and how long could quoted-printable get at the most. */
function survey(source: Buffer): { plain: boolean; escaped: number; room: number } {
  let plain = true;
  let escaped = 0;
  let breaks = 0;
  let line = 0;
  let previous = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if (byte === LF || byte === CR) {
      breaks++;
      line = 0;
      if (previous === SPACE || previous === TAB) plain = false; // trailing white space is lost on the way
    } else {
      if (++line > MAX_LINE) plain = false;
      if (byte > 126 || (byte < SPACE && byte !== TAB) || byte === EQUALS) {
        escaped++;
        if (byte !== EQUALS) plain = false;
      }
      if (line === 1 && byte === 70 && isFrom(source, i)) plain = false; // "From " at a line's start becomes ">From " in mailboxes
    }
    previous = byte;
  }
  if (previous === SPACE || previous === TAB) plain = false;
  // Per line of the text: a lone LF grows by one, white space at its end and "From" at its start by two each. A soft break per 73 or more.
  const content = source.length + 2 * escaped + 5 * (breaks + 1);
  return { plain, escaped, room: content + 3 * Math.ceil(content / 70) + 8 };
}

function isFrom(source: Buffer, at: number): boolean {
  return source[at + 1] === 114 && source[at + 2] === 111 && source[at + 3] === 109 && source[at + 4] === SPACE;
}

/** The text with every CRLF, LF or CR as CRLF, and one at the end. */
function withCrlf(source: Buffer): Buffer {
  if (source.length === 0) return source;
  const out = Buffer.allocUnsafe(source.length * 2 + 2);
  let to = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if (byte !== CR && byte !== LF) {
      out[to++] = byte;
      continue;
    }
    if (byte === CR && source[i + 1] === LF) i++;
    out[to++] = CR;
    out[to++] = LF;
  }
  if (out[to - 1] !== LF) {
    out[to++] = CR;
    out[to++] = LF;
  }
  return out.subarray(0, to);
}

/** RFC 2045 §6.7. `room` is the survey's upper bound; white space and dots are escaped only where a relay would harm them. */
function quotedPrintable(source: Buffer, room: number): Buffer {
  const out = Buffer.allocUnsafe(room);
  let to = 0;
  let line = 0;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    if (byte === LF || byte === CR) {
      if (byte === CR && source[i + 1] === LF) i++;
      out[to++] = CR;
      out[to++] = LF;
      line = 0;
      continue;
    }
    const next = source[i + 1];
    const endsLine = next === undefined || next === CR || next === LF;
    const bare = byte > 32 ? byte < 127 && byte !== EQUALS && !(line === 0 && byte === 70 && isFrom(source, i)) : (byte === SPACE || byte === TAB) && !endsLine;
    const width = bare ? 1 : 3;
    // The last place of a line is for the soft break's "=", unless the text's own line ends here.
    if (line + width > (endsLine ? MAX_LINE : MAX_LINE - 1)) {
      out[to++] = EQUALS;
      out[to++] = CR;
      out[to++] = LF;
      line = 0;
    }
    if (bare) {
      out[to++] = byte;
    } else {
      out[to++] = EQUALS;
      out[to++] = HEX[byte >> 4] ?? 0;
      out[to++] = HEX[byte & 15] ?? 0;
    }
    line += width;
  }
  if (line > 0) {
    out[to++] = CR;
    out[to++] = LF;
  }
  return out.subarray(0, to);
}
