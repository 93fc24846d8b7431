import { createHmac } from 'node:crypto';

/** Bytes of an RFC 4648 base32 text, as authenticator apps write secrets. */
function secretBytes(text: string): Buffer {
  const bits = [...text.replaceAll(/[\s=]/g, '').toUpperCase()].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The current TOTP code of a secret (RFC 6238: SHA-1, 30 s, six digits): what the demo's sign-in form is filled with. */
export function totp(secret: string, at: Date): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000)));
  const digest = createHmac('sha1', secretBytes(secret)).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
