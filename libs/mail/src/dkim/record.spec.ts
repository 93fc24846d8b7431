import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { exportDkimKey, generateDkimKey, importDkimKey } from './key.js';
import { dkimRecord, parseDkimRecord, splitTxt } from './record.js';

describe('dkimRecord', () => {
  test('publishes an RSA-2048 key in strings of at most 255 octets that parse back to it', async () => {
    const { publicKey } = await generateDkimKey();
    const { value, strings } = dkimRecord(publicKey);
    expect(strings.map((text) => text.length)).toEqual([255, value.length - 255]);
    expect(strings.join('')).toBe(value);
    const parsed = parseDkimRecord(value);
    expect(parsed).toEqual({ keyType: 'rsa', publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'), testing: false });
    expect(createPublicKey({ key: Buffer.from(parsed?.publicKey ?? '', 'base64'), format: 'der', type: 'spki' }).equals(publicKey)).toBe(true);
  });

  test('sec-S42 publishes the Ed25519 key of RFC 8463 Appendix A as it stands there', () => {
    const publicKey = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', 'base64')]), format: 'der', type: 'spki' });
    expect(dkimRecord(publicKey).value).toBe('v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
  });

  test('splits a value at 255, and gives nothing for nothing', () => {
    expect(splitTxt('x'.repeat(511)).map((text) => text.length)).toEqual([255, 255, 1]);
    expect(splitTxt('')).toEqual([]);
  });
});

describe('parseDkimRecord', () => {
  test.each([
    ['v=DKIM1; p=', { keyType: 'rsa', publicKey: '', testing: false }], ['p = AB CD ; t=s : y; n=note', { keyType: 'rsa', publicKey: 'ABCD', testing: true }], ['k=ed25519;p=AB==', { keyType: 'ed25519', publicKey: 'AB==', testing: false }],
    ['v=DKIM2; p=AB', undefined], ['v=spf1 -all', undefined], ['', undefined], [';'.repeat(50_000), undefined],
  ])('reads %j', (text, record) => {
    expect(parseDkimRecord(text)).toEqual(record);
  });
});

describe('importDkimKey', () => {
  test('sec-S41 takes back what was exported, warns below 2048 bits and refuses below 1024', async () => {
    const pair = await generateDkimKey();
    expect(importDkimKey(exportDkimKey(pair.privateKey))).toMatchObject({ weak: false });
    expect(importDkimKey(exportDkimKey(pair.privateKey)).publicKey.equals(pair.publicKey)).toBe(true);
    const pem = (bits: number): string => generateKeyPairSync('rsa', { modulusLength: bits, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey;
    expect(importDkimKey(pem(1024)).weak).toBe(true);
    for (const bad of [pem(512), 'no key', new Uint8Array(10), generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey]) {
      expect(() => importDkimKey(bad)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    }
  });
});
