import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { seededRandom } from '@nexoramail/kernel';
import { newKey, secretText, signedHeaders } from './signature.js';

const nowS = (): number => Math.floor(Date.now() / 1000);

test('sec-S50: every body is verified by the public library with each of the keys that sign, and by no other', () => {
  const random = seededRandom(3);
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 2 }), (text, count) => {
    const body = Buffer.from(JSON.stringify({ text }));
    const keys = Array.from({ length: count }, () => newKey(random));
    const headers = signedHeaders('evt_1', nowS(), body, keys);
    for (const key of keys) expect(new Webhook(secretText(key)).verify(body.toString('utf8'), headers)).toEqual({ text });
    expect(() => new Webhook(secretText(newKey(random))).verify(body.toString('utf8'), headers)).toThrow();
  }));
});

test('the signature holds for its id, time and body alone', () => {
  const [key, body] = [newKey(seededRandom(4)), Buffer.from('{}')];
  const headers = signedHeaders('evt_1', nowS(), body, [key]);
  const hook = new Webhook(secretText(key));
  for (const change of [{ 'webhook-id': 'evt_2' }, { 'webhook-timestamp': String(nowS() + 1) }, { 'webhook-signature': headers['webhook-signature']?.slice(0, -1) ?? '' }]) {
    expect(() => hook.verify('{}', { ...headers, ...change })).toThrow();
  }
  expect(() => hook.verify('{ }', headers)).toThrow();
});
