// Every part excludes the character that ends it, so a failed match never reads a character twice.
const WORD = /=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z0-9-]{0,20})?\?([bBqQ])\?([^? ]*)\?=/g;

/**
 * The text of a header value with its RFC 2047 encoded-words decoded; white space between two words vanishes, and bytes of neighbours in
 * one charset are joined first (senders split characters). Unknown charsets stay as written. Never throws. Linear time.
 */
export function decodeEncodedWords(value: string): string {
  if (!value.includes('=?')) return value;
  let out = '';
  let last = 0;
  let held: { charset: string; bytes: Buffer[]; raw: string } | undefined;
  const flush = (): void => {
    if (held !== undefined) out += decodeBytes(Buffer.concat(held.bytes), held.charset) ?? held.raw;
    held = undefined;
  };
  for (const match of value.matchAll(WORD)) {
    const between = value.slice(last, match.index);
    const charset = (match[1] ?? '').toLowerCase();
    const adjacent = held !== undefined && /^[ \t\r\n]*$/.test(between);
    if (!adjacent || held?.charset !== charset) {
      flush();
      if (!adjacent) out += between;
    }
    held ??= { charset, bytes: [], raw: '' };
    held.bytes.push(wordBytes((match[2] ?? '').toLowerCase(), match[3] ?? ''));
    held.raw += match[0];
    last = match.index + match[0].length;
  }
  flush();
  return out + value.slice(last);
}

function wordBytes(encoding: string, payload: string): Buffer {
  if (encoding === 'b') return Buffer.from(payload, 'base64');
  const binary = payload.replaceAll('_', ' ').replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(binary, 'latin1');
}

function decodeBytes(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}
