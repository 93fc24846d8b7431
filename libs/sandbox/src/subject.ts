const MAX_HEADER_OCTETS = 65_536;

/** The header block of a message, at most 64 kB of it, with its last CRLF. */
export function headerBlock(raw: Buffer): Buffer {
  if (raw[0] === 13 && raw[1] === 10) return raw.subarray(0, 0);
  const end = raw.indexOf('\r\n\r\n');
  return raw.subarray(0, Math.min(end < 0 ? raw.length : end + 2, MAX_HEADER_OCTETS));
}

/** The decoded Subject of a message, empty when there is none (RFC 5322 §3.6.5, RFC 2047). */
export function subjectOf(raw: Buffer): string {
  const header = headerBlock(raw).toString('utf8');
  const match = /(?:^|\r\n)subject:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/i.exec(header);
  return decodeWords((match?.[1] ?? '').replace(/\r\n/g, '').trim());
}

/** Decodes encoded-words; one that is broken stays as it is. */
function decodeWords(text: string): string {
  const joined = text.replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bq]\?[^?\s]*\?=)/gi, '$1');
  const words: { charset: string; bytes: Buffer }[] = [];
  let result = '';
  let last = 0;
  const flush = (): void => {
    for (let i = 0; i < words.length;) { // neighbours of one charset are decoded together: some senders split characters
      let j = i;
      while (j < words.length && words[j]?.charset === words[i]?.charset) j += 1;
      result += decode(words[i]?.charset ?? 'utf-8', Buffer.concat(words.slice(i, j).map(({ bytes }) => bytes)));
      i = j;
    }
    words.length = 0;
  };
  for (const match of joined.matchAll(/=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi)) {
    if (match.index > last) { flush(); result += joined.slice(last, match.index); }
    const [whole, charset = '', encoding = '', payload = ''] = match;
    words.push({ charset: charset.toLowerCase(), bytes: encoding.toLowerCase() === 'b' ? Buffer.from(payload, 'base64') : fromQ(payload) });
    last = match.index + whole.length;
  }
  flush();
  return result + joined.slice(last);
}

function fromQ(payload: string): Buffer {
  return Buffer.from(payload.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1');
}

function decode(charset: string, bytes: Buffer): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
