/** RFC 2045 §6: how a body part travels. 8bit and binary are never made: not every relay passes them. */
export type TransferEncoding = '7bit' | 'quoted-printable' | 'base64';

const HEX = Uint8Array.from(Buffer.from('0123456789ABCDEF'));
const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const EQUALS = 61;

// What quoted-printable does with a byte.
const BARE = 0;
const ESCAPED = 1;
const WHITE = 2;
const BREAK = 3;
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === CR || byte === LF) return BREAK;
  if (byte === SPACE || byte === TAB) return WHITE;
  return byte < SPACE || byte > 126 || byte === EQUALS ? ESCAPED : BARE;
});

/** RFC 2045 §6.7 (5), §6.8: encoded lines have at most 76 characters. */
const MAX_LINE = 76;

/** A part's bytes as they go on the wire: CRLF line ends only, no line over 76 octets. No line end is added: a boundary or the packer brings it. */
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
  if (letters.length <= MAX_LINE) return letters;
  const out = Buffer.allocUnsafeSlow(letters.length + 2 * (Math.ceil(letters.length / MAX_LINE) - 1));
  let to = letters.copy(out, 0, 0, MAX_LINE);
  for (let from = MAX_LINE; from < letters.length; from += MAX_LINE) {
    out[to++] = CR;
    out[to++] = LF;
    to += letters.copy(out, to, from, Math.min(from + MAX_LINE, letters.length));
  }
  return out;
}

/** One pass: may the text go as it is, how many bytes need escaping, and how long could quoted-printable get at the most. */
function survey(source: Uint8Array): { plain: boolean; escaped: number; room: number } {
  const end = source.length;
  let unsafe = 0; // bytes that 7bit cannot carry
  let equals = 0;
  let breaks = 0;
  let lineStart = 0;
  let plain = true;
  for (let i = 0; i < end; i++) {
    const byte = source[i] ?? 0;
    const kind = KIND[byte] ?? 0;
    if (kind === BARE || kind === WHITE) continue;
    if (kind === BREAK) {
      breaks++;
      if (plain) plain = lineIsPlain(source, lineStart, i);
      lineStart = i + 1;
    } else if (byte === EQUALS) {
      equals++;
    } else {
      unsafe++;
    }
  }
  plain = plain && unsafe === 0 && lineIsPlain(source, lineStart, end);
  // Per line of the text: a lone LF grows by one, white space at its end and "From" at its start by two each. A soft break per 73 or more, and "From" behind it.
  const escaped = unsafe + equals;
  const content = end + 2 * escaped + 5 * (breaks + 1);
  return { plain, escaped, room: content + 5 * Math.ceil(content / 70) + 8 };
}

/** Short enough, no white space at the end (it is lost on the way), no "From " at the start (mailboxes make it ">From "). */
function lineIsPlain(source: Uint8Array, start: number, end: number): boolean {
  const last = source[end - 1];
  return end - start <= MAX_LINE && (end === start || (last !== SPACE && last !== TAB)) && !isFrom(source, start);
}

function isFrom(source: Uint8Array, at: number): boolean {
  return source[at] === 70 && source[at + 1] === 114 && source[at + 2] === 111 && source[at + 3] === 109 && source[at + 4] === SPACE;
}

/** The text with every CRLF, LF or CR as CRLF. */
function withCrlf(source: Buffer): Buffer {
  const out = Buffer.allocUnsafe(source.length * 2);
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
  return out.subarray(0, to);
}

/** RFC 2045 §6.7. `room` is the survey's upper bound; white space and "From" are escaped only where a relay would harm them. */
function quotedPrintable(source: Uint8Array, room: number): Uint8Array {
  const out = new Uint8Array(room);
  const end = source.length;
  let to = 0;
  let line = 0;
  for (let i = 0; i < end; i++) {
    const byte = source[i] ?? 0;
    const kind = KIND[byte] ?? 0;
    if (kind === BREAK) {
      if (byte === CR && source[i + 1] === LF) i++;
      out[to++] = CR;
      out[to++] = LF;
      line = 0;
      continue;
    }
    let bare = (kind === BARE && !(line === 0 && isFrom(source, i))) || (kind === WHITE && !endsLine(source, i));
    let width = bare ? 1 : 3;
    // The last place of a line is for the soft break's "=", unless the text's own line ends here.
    if (line + width >= MAX_LINE && line + width > (endsLine(source, i) ? MAX_LINE : MAX_LINE - 1)) {
      out[to++] = EQUALS;
      out[to++] = CR;
      out[to++] = LF;
      line = 0;
      if (bare && isFrom(source, i)) {
        bare = false; // the soft break has put it at a line's start
        width = 3;
      }
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
  return out.subarray(0, to);
}

function endsLine(source: Uint8Array, at: number): boolean {
  const next = source[at + 1];
  return next === undefined || next === CR || next === LF;
}
