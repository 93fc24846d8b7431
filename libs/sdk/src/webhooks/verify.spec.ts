/// <reference types="node" />
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { NexoraMail, WebhookVerificationError } from '../index.js';
import { hmacSha256, sha256 } from './sha256.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"type":"email.delivered","timestamp":"2026-03-01T09:00:00Z","data":{"email_id":"em_1"}}';
const now = new Date('2026-03-01T09:00:00.900Z');

function signed(text = body, at = now, key = secret): Record<string, string> {
  return { 'webhook-id': 'evt_1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)), 'webhook-signature': new Webhook(key).sign('evt_1', at, text) };
}
const verify = (text: string | Uint8Array, headers: Record<string, string | string[]>, key: string | string[] = secret): unknown => NexoraMail.webhooks.verify(text, headers, key, { now });
const seconds = (n: number): Date => new Date(now.getTime() + n * 1_000);

test('our SHA-256 and HMAC are those of OpenSSL', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 150 }), (message, key) => {
    expect(Buffer.from(sha256(message))).toEqual(createHash('sha256').update(message).digest());
    expect(Buffer.from(hmacSha256(key, message))).toEqual(createHmac('sha256', key).update(message).digest());
  }));
});

test('what the reference library signs is verified and returned with its id', () => {
  expect(verify(body, signed())).toEqual({ id: 'evt_1', type: 'email.delivered', timestamp: '2026-03-01T09:00:00Z', data: { email_id: 'em_1' } });
});

test('any body and key of the reference library fit; any other byte does not', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.nat(), (data, bytes, at) => {
    const text = JSON.stringify({ type: 'email.sent', data });
    const key = `whsec_${Buffer.from(bytes).toString('base64')}`;
    const headers = signed(text, now, key);
    expect(verify(text, headers, key)).toMatchObject({ data });
    const changed = Buffer.from(text);
    changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1;
    expect(() => verify(changed, headers, key)).toThrow(WebhookVerificationError);
  }));
});

test('Headers, header lists and capitals are understood, and so are raw bytes', () => {
  const headers = signed();
  expect(NexoraMail.webhooks.verify(new TextEncoder().encode(body).buffer, new Headers(headers), secret, { now })).toMatchObject({ id: 'evt_1' });
  expect(verify(Buffer.from(body), { 'Webhook-Id': ['evt_1'], 'WEBHOOK-TIMESTAMP': headers['webhook-timestamp'] ?? '', 'Webhook-Signature': headers['webhook-signature'] ?? '' })).toMatchObject({ id: 'evt_1' });
});

test('during a rotation one fitting signature, or one fitting secret, is enough', () => {
  const [ours, theirs] = [signed(), signed(body, now, other)];
  expect(verify(body, { ...ours, 'webhook-signature': `v1a,AAAA ${theirs['webhook-signature']} ${ours['webhook-signature']}` })).toMatchObject({ id: 'evt_1' });
  expect(verify(body, theirs, [secret, other])).toMatchObject({ id: 'evt_1' });
});

test.each([
  ['a stamp 300 s old', body, signed(body, seconds(-300)), secret],
  ['a stamp 300 s ahead', body, signed(body, seconds(300)), secret],
  ['a changed byte', body.replace('em_1', 'em_2'), signed(), secret],
  ['another id', body, { ...signed(), 'webhook-id': 'evt_2' }, secret],
  ['another time', body, { ...signed(), 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000) - 1) }, secret],
  ['another secret', body, signed(), other],
  ['an empty secret', body, signed(), ''],
  ['a secret that is only its prefix', body, signed(), 'whsec_'],
  ['no secret at all', body, signed(), [] as string[]],
  ['a cut signature', body, { ...signed(), 'webhook-signature': (signed()['webhook-signature'] ?? '').slice(0, -4) }, secret],
  ['an empty signature', body, { ...signed(), 'webhook-signature': 'v1,' }, secret],
  ['another version with our value', body, { ...signed(), 'webhook-signature': (signed()['webhook-signature'] ?? '').replace('v1,', 'v1a,') }, secret],
  ['a stamp that is no number', body, { ...signed(), 'webhook-timestamp': 'NaN' }, secret],
  ['a header given twice', body, { ...signed(), 'webhook-id': ['evt_1', 'evt_1'] }, secret],
  ['a missing header', body, { 'webhook-id': 'evt_1' }, secret],
  ['a signed body that is no object', '[]', signed('[]'), secret],
])('sec-A45: throws at once for %s', (_name, text, headers, key) => {
  expect(() => verify(text, headers, key)).toThrow(WebhookVerificationError);
});

test('a stamp 299 s off passes, and awaiting the result changes nothing', async () => {
  expect(verify(body, signed(body, seconds(-299)))).toMatchObject({ id: 'evt_1' });
  expect(await Promise.resolve(NexoraMail.webhooks.verify(body, signed(body, seconds(299)), secret, { now }))).toMatchObject({ id: 'evt_1' });
});
