import { createHash, createHmac } from 'node:crypto';
import { decodeBase32, encodeBase32 } from './base32.js';
import type { Mode } from './mode.js';
import type { Random } from './random.js';
import { secretKey } from './secret-key.js';

/** What an API key may do: a closed list, held as data. A key made without scopes has all of them. */
export const API_SCOPES = [
  'emails:send', 'emails:read', 'events:read',
  'domains:read', 'domains:write',
  'suppressions:read', 'suppressions:write',
  'templates:read', 'templates:write',
  'webhooks:read', 'webhooks:write',
  'api_keys:read', 'api_keys:write',
  'account:read', 'account:write',
] as const;

/** A scope of {@link API_SCOPES}. */
export type ApiScope = (typeof API_SCOPES)[number];

/** A new API key: the secret is shown once, `prefix` (13 characters, 20 bits of the secret) may be stored and shown for recognition. */
export interface GeneratedApiKey {
  readonly secret: string;
  readonly prefix: string;
}

/** An API key whose spelling is right. Whether it exists is another question. */
export interface ParsedApiKey {
  readonly mode: Mode;
  readonly prefix: string;
}

const SECRET_BYTES = 20; // 160 bits: 32 letters without a remainder
const PREFIX_LENGTH = 'nxm_live_'.length + 4;
const FORM = /^nxm_(?<mode>live|test)_(?<body>[0-9a-hjkmnp-tv-z]{32})(?<check>[0-9a-hjkmnp-tv-z]{6})$/;

/** Thirty bits over mode and body, so that a mistyped key is told from a revoked one without a look-up. */
const checksum = (text: string): string => encodeBase32(createHash('sha256').update(text).digest().subarray(0, 4)).slice(0, 6);

/** A new key `nxm_<mode>_` + 160 random bits in base32 + checksum, 47 characters. Source: security.md S74. */
export function generateApiKey(mode: Mode, random: Random): GeneratedApiKey {
  const head = `nxm_${mode}_${encodeBase32(random.bytes(SECRET_BYTES))}`;
  return { secret: head + checksum(head), prefix: head.slice(0, PREFIX_LENGTH) };
}

/** The mode and prefix of a well-spelled key, or undefined for everything else (wrong prefix, length, alphabet or checksum). Never throws. */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  if (text.length !== 47) return undefined;
  const { mode, body, check } = FORM.exec(text)?.groups ?? {};
  if (mode === undefined || body === undefined || decodeBase32(body) === undefined) return undefined;
  return checksum(text.slice(0, -6)) === check ? { mode: mode as Mode, prefix: text.slice(0, PREFIX_LENGTH) } : undefined;
}

/** What is stored and looked up for a key: HMAC-SHA256 of the whole key, 32 bytes. `key` is derived from the master key under the label `api-key`. */
export function hashApiKey(key: Uint8Array, secret: string): Buffer {
  return createHmac('sha256', secretKey(key)).update(secret).digest();
}
