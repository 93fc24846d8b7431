import { createHmac } from 'node:crypto';
import type { Random } from '@nexoramail/kernel';

const TOKEN_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;

/** Keys of {@link SessionTokens}, 32 bytes each, derived from the master key under labels of their own. */
export interface SessionKeys {
  readonly hash: Uint8Array;
  readonly csrf: Uint8Array;
}

/** Opaque session tokens of 256 random bits. Only a keyed hash is stored: who reads the table cannot sign in. Source: security.md S66. */
export class SessionTokens {
  constructor(private readonly keys: SessionKeys, private readonly random: Random) {}

  /** A new token for the cookie. */
  mint(): string {
    return Buffer.from(this.random.bytes(TOKEN_BYTES)).toString('base64url');
  }

  /** What is stored for a token, 32 bytes; undefined for what no token looks like. */
  hash(token: string): Uint8Array | undefined {
    return FORM.test(token) ? mac(this.keys.hash, token) : undefined;
  }

  /** What a page sends back on writes. Follows from the token, so it needs no row and changes when the session is rotated. */
  csrf(token: string): string {
    return Buffer.from(mac(this.keys.csrf, token)).toString('base64url');
  }
}

const mac = (key: Uint8Array, text: string): Uint8Array => Uint8Array.from(createHmac('sha256', key).update(text).digest());
