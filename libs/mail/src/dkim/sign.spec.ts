import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '@nexoramail/kernel';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { composeMessage } from '../mime/compose.js';
import { editHeaders } from '../mime/edit-headers.js';
import { splitMessage } from '../mime/split.js';
import { bodyTexts, displayNames, emails, headerTexts } from '../testing/arbitraries.js';
import { relaxedBodyHash } from './body-hash.js';
import { generateDkimKey, type DkimKeyPair } from './key.js';
import { dkimRecord } from './record.js';
import { signFields, signMessage, signMessageAsync } from './sign.js';

const signedAt = new Date('2026-03-01T09:00:00Z');
const expiresAt = new Date('2026-03-08T09:00:00Z');
const rsa = await generateDkimKey();
const ed25519 = await generateDkimKey('ed25519');

async function verdict(message: Uint8Array, pair: DkimKeyPair, at = signedAt): Promise<string | undefined> {
  const { results } = await dkimVerify(Buffer.from(message), {
    curTime: at,
    resolver: (name: string, type: string) => name === 's1._domainkey.shop.example' && type === 'TXT' ? Promise.resolve([[...dkimRecord(pair.publicKey).strings]]) : Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
  });
  expect(results).toHaveLength(1);
  return results[0]?.status.result;
}

const signed = (message: Uint8Array, pair: DkimKeyPair): Buffer => Buffer.concat([Buffer.from(signMessage({ message, domain: 'shop.example', selector: 's1', key: pair.privateKey, signedAt, expiresAt })), message]);
const sample = composeMessage({
  from: { email: 'a@shop.example', displayName: 'Ann' }, to: [{ email: 'b@x.example' }], subject: 'Receipt', text: 'Total:  12 \r\n\r\n', html: '<p>\t12</p>', date: signedAt, messageId: 'm1@shop.example',
  listUnsubscribe: { url: 'https://t.example/u/1' }, headers: [{ name: 'Feedback-ID', value: 'a:b:c:nexora' }, { name: 'In-Reply-To', value: '<p@x.example>' }],
}, seededRandom(1)).mime;
const replaced = (message: Buffer, from: string, to: string): Buffer => Buffer.from(message.toString('latin1').replace(from, to), 'latin1');

describe('signMessage', () => {
  test('sec-S39 sec-S41 mailauth verifies 200 generated messages, RSA and Ed25519 (property)', async () => {
    const mailbox = fc.record({ email: emails(), displayName: displayNames() });
    const inputs = fc.record({ from: mailbox, to: fc.array(mailbox, { maxLength: 3 }), cc: fc.array(mailbox, { maxLength: 2 }), subject: headerTexts(), text: bodyTexts(), html: bodyTexts() });
    await fc.assert(fc.asyncProperty(inputs, fc.constantFrom(rsa, ed25519), async (input, pair) => {
      const { mime } = composeMessage({ ...input, date: signedAt, messageId: 'm@shop.example' }, seededRandom(5));
      expect(await verdict(signed(mime, pair), pair)).toBe('pass');
    }), { numRuns: 200 });
  });

  test('mailauth verifies submitted messages as they are: 8-bit, long lines, folded and odd fields (property)', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab  \t:;<>', '\r\n ', '\xe9'), maxLength: 40 }).filter((text) => !/\r\n[ \t]*(?:\r\n|$)/.test(text));
    const field = fc.tuple(fc.constantFrom('To', 'SUBJECT', 'Cc', 'X-A', 'List-ID', 'date '), value);
    await fc.assert(fc.asyncProperty(fc.array(field, { maxLength: 6 }), fc.string({ unit: fc.constantFrom(' ', '\t', 'a', '.', '\xff', '\r\n', 'w'.repeat(500)), maxLength: 40 }), async (fields, body) => {
      const message = Buffer.from(`From: a@shop.example\r\n${fields.map(([name, text]) => `${name}:${text}\r\n`).join('')}\r\n${body}`, 'latin1');
      expect(await verdict(signed(message, rsa), rsa)).toBe('pass');
    }), { numRuns: 100 });
  });

  test('sec-S39 signs each listed field and once more, present or not', () => {
    const field = signMessage({ message: sample, domain: 'shop.example', selector: 's1', key: rsa.privateKey, signedAt, expiresAt });
    const names = (/ h=([^;]+);/.exec(field)?.[1] ?? '').replaceAll(/\s/g, '').toLowerCase().split(':');
    const count = (name: string): number => names.filter((candidate) => candidate === name).length;
    for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type', 'list-unsubscribe', 'list-unsubscribe-post']) expect([name, count(name)]).toEqual([name, 2]);
    for (const name of ['cc', 'reply-to', 'feedback-id', 'in-reply-to']) expect([name, count(name)]).toEqual([name, 1]);
    expect(field).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed;\r\n d=shop\.example; s=s1;\r\n t=1772355600; x=1772960400;\r\n h=/);
    for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  test('sec-S39 sec-A66 a second, changed or removed field and a changed body break the signature', async () => {
    const message = signed(sample, rsa);
    expect(await verdict(message, rsa)).toBe('pass');
    for (const name of ['Subject', 'From', 'To', 'Cc', 'Reply-To', 'Date', 'Message-ID', 'Content-Type', 'List-Unsubscribe']) {
      expect([name, await verdict(Buffer.concat([Buffer.from(`${name}: evil\r\n`), message]), rsa)]).toEqual([name, 'fail']);
      expect([name, await verdict(replaced(message, '\r\n\r\n', `\r\n${name}: evil\r\n\r\n`), rsa)]).toEqual([name, 'fail']);
    }
    expect(await verdict(replaced(message, 'Subject: Receipt', 'Subject: receipt'), rsa)).toBe('fail');
    expect(await verdict(Buffer.from(editHeaders(message, { remove: ['list-unsubscribe-post'] })), rsa)).toBe('fail');
    expect(await verdict(Buffer.concat([message, Buffer.from('more\r\n')]), rsa)).not.toBe('pass');
    expect(await verdict(message, rsa, new Date('2026-03-09T09:00:00Z'))).not.toBe('pass');
  });

  test('sec-S40 never limits the body length', () => {
    fc.assert(fc.property(bodyTexts(), (text) => {
      const { mime } = composeMessage({ from: { email: 'a@shop.example' }, to: [], subject: '', text, date: signedAt, messageId: 'm@shop.example' }, seededRandom(1));
      expect(signMessage({ message: mime, domain: 'shop.example', selector: 's1', key: ed25519.privateKey, signedAt })).not.toMatch(/[;\s]l=/);
    }), { numRuns: 20 });
  });

  test('the thread pool makes the same signature', async () => {
    const input = { message: splitMessage(sample), domain: 'shop.example', selector: 's1', key: rsa.privateKey, signedAt, expiresAt };
    expect(await signMessageAsync(input)).toBe(signMessage(input));
    const dsa = generateKeyPairSync('x25519').privateKey;
    await expect(signMessageAsync({ ...input, key: dsa })).rejects.toThrow();
  });
});

describe('signFields', () => {
  test('sec-S42 reproduces the Ed25519 signature of RFC 8463 Appendix A', async () => {
    const seed = Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64');
    const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
    const message = splitMessage(Buffer.from([
      'From: Joe SixPack <joe@football.example.com>', 'To: Suzie Q <suzie@shopping.example.net>', 'Subject: Is dinner ready?', 'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)', 'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
      '', 'Hi.', '', 'We lost the game.  Are you hungry yet?', '', 'Joe.', '',
    ].join('\r\n')));
    const unsigned = 'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n'
      + ' subject : date : message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=';
    expect(relaxedBodyHash(message.body)).toBe('2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=');
    expect(signFields(message, ['from', 'to', 'subject', 'date', 'message-id', 'from', 'subject', 'date'], unsigned, key)).toBe('/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==');
  });
});
