import { encodeBase32, type Random } from '@nexoramail/kernel';

const LF = 10;

/** A MIME part: its fields (with CRLF each, without the blank line) and the bytes behind them, in pieces so that nothing is copied twice. */
export interface Part {
  readonly headers: string;
  readonly chunks: readonly (Uint8Array | string)[];
}

/** Boundaries of one message: 120 random bits, so no content can contain them, and a counter, so none is the start of another. */
export class Boundaries {
  private readonly stem: string;
  private count = 0;

  constructor(random: Random) {
    this.stem = encodeBase32(random.bytes(15));
  }

  next(): string {
    return `=_${String(++this.count)}_${this.stem}`; // "=_" can never stand in quoted-printable or base64
  }
}

/** A multipart of ready parts (RFC 2046 §5.1). `parameters` go behind the subtype. */
export function multipart(boundaries: Boundaries, subtype: 'alternative' | 'related' | 'mixed', parts: readonly Part[], parameters = ''): Part {
  const boundary = boundaries.next();
  const chunks: (Uint8Array | string)[] = [];
  for (const part of parts) chunks.push(`${chunks.length > 0 ? '\r\n' : ''}--${boundary}\r\n${part.headers}\r\n`, ...part.chunks);
  chunks.push(`\r\n--${boundary}--`);
  return { headers: `Content-Type: multipart/${subtype}${parameters};\r\n boundary="${boundary}"\r\n`, chunks };
}

/** The message in one buffer of its own: fields, the part's fields, blank line, content, and a CRLF at its end. */
export function pack(fields: string, part: Part): Uint8Array {
  const head = `${fields}${part.headers}\r\n`;
  let size = Buffer.byteLength(head) + 2;
  for (const chunk of part.chunks) size += chunk.length;
  const out = Buffer.allocUnsafeSlow(size);
  let at = out.write(head, 0, 'utf8');
  for (const chunk of part.chunks) {
    if (typeof chunk === 'string') {
      at += out.write(chunk, at, 'latin1');
    } else {
      out.set(chunk, at);
      at += chunk.length;
    }
  }
  if (out[at - 1] === LF) return out.subarray(0, at);
  out.write('\r\n', at, 'latin1');
  return out;
}
