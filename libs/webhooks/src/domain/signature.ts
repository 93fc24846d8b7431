import { createHmac } from 'node:crypto';
import { secretKey, type Random } from '@nexoramail/kernel';

/** Bytes of a signing key. */
export const KEY_BYTES = 32;

/** A new signing key. */
export const newKey = (random: Random): Uint8Array => random.bytes(KEY_BYTES);

/** A signing key as the customer gets it, once: `whsec_` and padded base64 (Standard Webhooks 1.0). */
export const secretText = (key: Uint8Array): string => `whsec_${Buffer.from(key).toString('base64')}`;

/**
 * Headers of one post (Standard Webhooks 1.0): `webhook-signature` holds one `v1` HMAC-SHA256 of `id.timestamp.body` per key, the current
 * key first, so that a receiver may still hold the old one while it rotates.
 */
export function signedHeaders(eventId: string, timestampS: number, body: Uint8Array, keys: readonly Uint8Array[]): Record<string, string> {
  const signatures = keys.map((key) => `v1,${createHmac('sha256', secretKey(key)).update(`${eventId}.${timestampS}.`).update(body).digest('base64')}`);
  return { 'webhook-id': eventId, 'webhook-timestamp': String(timestampS), 'webhook-signature': signatures.join(' ') };
}
