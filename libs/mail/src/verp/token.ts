import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBase32, encodeBase32, secretKey } from '@nexoramail/kernel';

/** What a return path tells when its report comes back: enough to act without the message's rows. */
export interface ReportToken {
  /** 40-bit number of the account (`account.ref`). */
  readonly accountRef: number;
  /** Place in the closed category list, 0…255. */
  readonly category: number;
  /** Hours since 1970 (UTC) at which the message was handed over: 24 bits. Ages reports (bounces ≤7 days, complaints ≤90). */
  readonly hour: number;
  /** 8 bytes: the message UUID's last 7 and the recipient's index. */
  readonly recipientRef: Uint8Array;
  /** 10 bytes of `addressToken`. */
  readonly addressToken: Uint8Array;
}

/** A key of the token ring. `version` (0…255) is the token's first byte; keys are kept 90 days after their successor came. */
export interface TokenKey {
  readonly version: number;
  readonly key: Uint8Array;
}

/** A token that was verified, and the version of the key that made it. */
export interface VerifiedToken extends ReportToken {
  readonly keyVersion: number;
}

const FACTS = 28; // version 1, account 5, category 1, hour 3, recipient ref 8, address token 10
const RETURN_PATH = { label: 'nexora return path v1', mac: 10, prefix: 'b-' } as const; // 38 bytes → 61 letters, 63 octets with the prefix
const HEADER = { label: 'nexora report header v1', mac: 16, prefix: '' } as const; // 44 bytes → 71 letters

/**
 * The envelope sender of one recipient's copy: `b-<61 letters>@<domain>`, local part 63 octets, letters of one case only, since relays
 * change it. Throws RangeError when a part does not fit its field: a defect of the caller. Source: flows.md §6.
 */
export function mintReturnPath(key: TokenKey, token: ReportToken, domain: string): string {
  return `${mint(RETURN_PATH, key, token)}@${domain}`;
}

/**
 * The facts behind the local part of a return path, or undefined when no key of the ring made it. Case does not matter; the MAC (80 bits,
 * enough against guessing over SMTP) is compared in constant time.
 */
export function parseReturnPath(localPart: string, ring: readonly TokenKey[]): VerifiedToken | undefined {
  return verify(RETURN_PATH, localPart, ring);
}

/** The same facts for a header field of the message, with a 128-bit MAC: headers can be tried offline. 71 letters. */
export function mintHeaderToken(key: TokenKey, token: ReportToken): string {
  return mint(HEADER, key, token);
}

/** The facts behind a header token, or undefined. See {@link parseReturnPath}. */
export function parseHeaderToken(text: string, ring: readonly TokenKey[]): VerifiedToken | undefined {
  return verify(HEADER, text, ring);
}

/** The `hour` of a time. */
export function tokenHour(at: Date): number {
  return Math.floor(at.getTime() / 3_600_000);
}

type Form = typeof RETURN_PATH | typeof HEADER;

function mint(form: Form, key: TokenKey, token: ReportToken): string {
  const facts = Buffer.alloc(FACTS + form.mac);
  facts.writeUInt8(key.version, 0);
  facts.writeUIntBE(token.accountRef, 1, 5);
  facts.writeUInt8(token.category, 6);
  facts.writeUIntBE(token.hour, 7, 3);
  if (token.recipientRef.length !== 8 || token.addressToken.length !== 10) throw new RangeError('recipientRef must have 8 bytes, addressToken 10');
  facts.set(token.recipientRef, 10);
  facts.set(token.addressToken, 18);
  facts.set(mac(form, key.key, facts.subarray(0, FACTS)), FACTS);
  return form.prefix + encodeBase32(facts);
}

function verify(form: Form, text: string, ring: readonly TokenKey[]): VerifiedToken | undefined {
  if (text.length > 128) return undefined;
  const lower = text.toLowerCase();
  if (!lower.startsWith(form.prefix)) return undefined;
  const decoded = decodeBase32(lower.slice(form.prefix.length));
  if (decoded?.length !== FACTS + form.mac) return undefined;
  const bytes = Buffer.from(decoded.buffer);
  const facts = bytes.subarray(0, FACTS);
  const keyVersion = facts.readUInt8(0);
  const key = ring.find((entry) => entry.version === keyVersion);
  if (key === undefined || !timingSafeEqual(mac(form, key.key, facts), bytes.subarray(FACTS))) return undefined;
  return {
    keyVersion,
    accountRef: facts.readUIntBE(1, 5),
    category: facts.readUInt8(6),
    hour: facts.readUIntBE(7, 3),
    recipientRef: Uint8Array.from(facts.subarray(10, 18)),
    addressToken: Uint8Array.from(facts.subarray(18, 28)),
  };
}

// The label keeps the two forms apart: a return path can never serve as a header token, nor the reverse.
function mac(form: Form, key: Uint8Array, facts: Uint8Array): Buffer {
  return createHmac('sha256', secretKey(key)).update(form.label).update(facts).digest().subarray(0, form.mac);
}
