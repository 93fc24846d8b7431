import { type KeyObject } from 'node:crypto';

/** A DKIM key record for DNS: `value` for people and panels, `strings` (≤255 octets each) for the wire (RFC 1035 §3.3.14). */
export interface DkimRecord {
  readonly value: string;
  readonly strings: readonly string[];
}

/** The TXT record of a public key: `v=DKIM1; k=rsa; p=…` (RFC 6376 §3.6.1) or k=ed25519 with the bare 32 bytes (RFC 8463 §4). */
export function dkimRecord(publicKey: KeyObject): DkimRecord {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const isEd25519 = publicKey.asymmetricKeyType === 'ed25519';
  const value = isEd25519 ? `v=DKIM1; k=ed25519; p=${spki.subarray(-32).toString('base64')}` : `v=DKIM1; k=rsa; p=${spki.toString('base64')}`;
  return { value, strings: splitTxt(value) };
}

/** A TXT value in strings of at most 255 octets. The value must be ASCII. */
export function splitTxt(value: string): string[] {
  const strings: string[] = [];
  for (let at = 0; at < value.length; at += 255) strings.push(value.slice(at, at + 255));
  return strings;
}

/** What a published key record says. `publicKey` is base64 without white space; '' means revoked. */
export interface ParsedDkimRecord {
  readonly keyType: string;
  readonly publicKey: string;
  readonly testing: boolean;
}

/** Reads a key record (its TXT strings joined), or undefined when it is none. Unknown tags are ignored. Linear time. */
export function parseDkimRecord(text: string): ParsedDkimRecord | undefined {
  const tags = new Map<string, string>();
  for (const part of text.slice(0, 16_384).split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) tags.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const version = tags.get('v');
  const publicKey = tags.get('p');
  if (publicKey === undefined || (version !== undefined && version !== 'DKIM1')) return undefined;
  const flags = (tags.get('t') ?? '').split(':').map((flag) => flag.trim());
  return { keyType: tags.get('k') ?? 'rsa', publicKey: publicKey.replaceAll(/\s/g, ''), testing: flags.includes('y') };
}
