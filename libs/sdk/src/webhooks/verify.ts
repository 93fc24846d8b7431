import { decodeBase64 } from '../base64.js';
import type { WebhookEvent } from '../types/webhook.js';
import { hmacSha256 } from './sha256.js';

/** How far, in seconds, a webhook's time stamp may be from ours before it counts as replayed. */
export const TOLERANCE_S = 300;

const MAX_SIGNATURES = 20;

/** A webhook that must not be believed: the message says what is wrong with it, never what would be right. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/** Headers of a request, in any of the shapes that servers hand over; names in any case. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The moment to compare the time stamp with, for tests; the real time when absent. */
export interface VerifyOptions {
  now?: Date;
}

/**
 * Checks a webhook (Standard Webhooks 1.0, `v1` HMAC-SHA256) and returns its event. `rawBody` is the body exactly as received: parsing
 * and printing it again changes bytes. `secret` is `whsec_…`, or several of them. Throws WebhookVerificationError, at once: it is not asynchronous.
 */
export function verifyWebhook(rawBody: string | Uint8Array | ArrayBuffer, headers: WebhookHeaders, secret: string | readonly string[], options: VerifyOptions = {}): WebhookEvent {
  const keys = [secret].flat().map(decodeSecret);
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signature = header(headers, 'webhook-signature');
  checkAge(timestamp, options.now?.getTime() ?? Date.now());
  const body = toBytes(rawBody);
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  const given = signature.split(' ').slice(0, MAX_SIGNATURES).flatMap(toSignature);
  // Every pair is compared in full, so that the time taken tells neither which key nor how many bytes fit.
  const matches = keys.flatMap((key) => { const expected = hmacSha256(key, signed); return given.map((one) => equalBytes(one, expected)); });
  if (!matches.includes(true)) throw new WebhookVerificationError('No signature fits the body. Is it the raw body, and the secret of this endpoint?');
  return toEvent(id, body);
}

function decodeSecret(secret: string): Uint8Array {
  const key = decodeBase64(secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret);
  // A short key is a mistake in the configuration, and an empty one would let anyone sign.
  if (!key || key.length < 16) throw new WebhookVerificationError('The secret is not one of a webhook endpoint (whsec_ and base64).');
  return key;
}

function header(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const text = typeof value === 'string' ? value : Array.isArray(value) && value.length === 1 ? (value[0] as string) : undefined;
  if (!text) throw new WebhookVerificationError(`The header ${name} is missing.`);
  return text;
}

function checkAge(timestamp: string, nowMs: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError('The header webhook-timestamp is not a number of seconds.');
  if (Math.abs(Math.floor(nowMs / 1_000) - Number(timestamp)) >= TOLERANCE_S) throw new WebhookVerificationError(`The time stamp is ${TOLERANCE_S} s or more from our clock.`);
}

function toSignature(text: string): Uint8Array[] {
  const [version, value = ''] = text.split(',', 2);
  const bytes = version === 'v1' ? decodeBase64(value) : undefined;
  return bytes ? [bytes] : [];
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let i = 0; i < left.length; i += 1) difference |= (left[i] ?? 0) ^ (right[i] ?? 0);
  return difference === 0;
}

function toEvent(id: string, body: Uint8Array): WebhookEvent {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...(value as Omit<WebhookEvent, 'id'>), id };
  } catch {
    // Falls through: signed, but not as we write it.
  }
  throw new WebhookVerificationError('The body is signed, but it is not a JSON object.');
}

function toBytes(body: string | Uint8Array | ArrayBuffer): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new WebhookVerificationError('The body must be the raw bytes or text of the request, not a parsed object.');
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}
