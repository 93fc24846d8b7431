import { generateKeyPairSync, sign, verify, createPublicKey } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyFolder } from './key-folder.js';
import { loadKeys } from './keys.js';
import { MAX_SEALED_FRAME, open, seal } from './seal.js';

describe('keys', () => {
  let dir: string;
  const file = (name: string): string => join(dir, 'keys', name);
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nexora keys ü '));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('are made on the first start, for their owner only, and are the same on the next', () => {
    const first = loadKeys(dir);
    expect(readdirSync(join(dir, 'keys')).sort()).toEqual(['address-token', 'audit', 'master', 'receipt', 'token-ring']);
    expect(statSync(join(dir, 'keys')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(dir, 'keys')).map((name) => statSync(file(name)).mode & 0o777)).toEqual([0o600, 0o600, 0o600, 0o600, 0o600]);
    const again = loadKeys(dir);
    expect(again.addressToken).toEqual(first.addressToken);
    expect(again.tokenRing).toEqual(first.tokenRing);
    expect(again.derive('x')).toEqual(first.derive('x'));
    const signature = sign(null, Buffer.from('receipt'), first.receipt);
    expect(verify(null, Buffer.from('receipt'), createPublicKey(again.receipt), signature)).toBe(true);
    expect(verify(null, Buffer.from('receipt'), createPublicKey(again.audit), signature)).toBe(false);
  });

  test('derived keys differ by label and by deployment, and have the length asked for', () => {
    const keys = loadKeys(dir);
    expect(keys.derive('accounts.api-key')).toHaveLength(32);
    expect(keys.derive('accounts.api-key', 64)).toHaveLength(64);
    expect(keys.derive('accounts.api-key')).not.toEqual(keys.derive('accounts.session'));
    const other = mkdtempSync(join(tmpdir(), 'nexora-keys-'));
    expect(loadKeys(other).derive('accounts.api-key')).not.toEqual(keys.derive('accounts.api-key'));
    rmSync(other, { recursive: true });
  });

  test('HKDF is the one of RFC 5869: a known master gives a known key', () => {
    loadKeys(dir);
    writeFileSync(file('master'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
    expect(Buffer.from(loadKeys(dir).derive('accounts.api-key')).toString('hex')).toBe('6931ea734ce92d0af84d31f66b081d7a7f27477729a403a0243aa353ef26cb29');
  });

  test.each(['master', 'address-token', 'token-ring', 'receipt', 'audit'])('a lost %s is never replaced', (name) => {
    loadKeys(dir);
    rmSync(file(name));
    expect(() => loadKeys(dir)).toThrow(`lacks ${name}: restore the key files from your backup`);
    expect(readdirSync(join(dir, 'keys'))).toHaveLength(4);
  });

  test('the token ring is newest first; each version once', () => {
    loadKeys(dir);
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('base64'));
    writeFileSync(file('token-ring'), `1 ${one}\n2 ${two}\n`);
    expect(loadKeys(dir).tokenRing).toEqual([{ version: 2, key: Uint8Array.from(Buffer.alloc(32, 2)) }, { version: 1, key: Uint8Array.from(Buffer.alloc(32, 1)) }]);
    for (const bad of ['', `0 ${one}\n`, `256 ${one}\n`, `1 ${one}\n1 ${two}\n`, '1 short\n']) {
      writeFileSync(file('token-ring'), bad);
      expect(() => loadKeys(dir)).toThrow('token-ring');
    }
  });

  test('damaged or open files are one clear line without their content', () => {
    loadKeys(dir);
    const secret = readFileSync(file('master'), 'utf8').trim();
    chmodSync(file('master'), 0o604);
    expect(() => loadKeys(dir)).toThrow(`${file('master')} is open to every user of this machine`);
    chmodSync(file('master'), 0o640);
    expect(loadKeys(dir).addressToken).toHaveLength(32);
    writeFileSync(file('master'), secret.slice(4));
    expect(() => loadKeys(dir)).toThrow('does not hold a key of 32 bytes');
    expect(() => loadKeys(dir)).not.toThrow(secret.slice(4));
    writeFileSync(file('master'), secret);
    writeFileSync(file('receipt'), generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => loadKeys(dir)).toThrow('receipt does not hold an Ed25519 private key');
  });

  test('a folder that cannot be made is one clear line', () => {
    writeFileSync(join(dir, 'keys'), 'a file');
    expect(() => loadKeys(dir)).toThrow(/keys\/master cannot be written \(E[A-Z]+\)/);
  });

  test('two starts at once agree: the first file stays', () => {
    const folder = new KeyFolder(join(dir, 'keys'));
    folder.create('master', 'first');
    folder.create('master', 'second');
    expect(folder.read('master')).toBe('first');
    expect(readdirSync(folder.path)).toEqual(['master']);
  });
});

describe('seal', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

  test('opens what it sealed', () => {
    fc.assert(fc.property(key, bytes, bytes, (k, plain, aad) => {
      const sealed = seal(k, plain, aad);
      expect(sealed).toHaveLength(28 + plain.length);
      expect([...open(k, sealed, aad)]).toEqual([...plain]);
    }));
  });

  test('sec-S70: opens nothing that differs in any bit, place or key', () => {
    fc.assert(fc.property(key, bytes, bytes, fc.nat(), fc.integer({ min: 0, max: 7 }), (k, plain, aad, at, bit) => {
      const sealed = seal(k, plain, aad);
      const flip = (source: Uint8Array): Uint8Array => source.map((byte, i) => (i === at % source.length ? byte ^ (1 << bit) : byte));
      expect(() => open(k, flip(sealed), aad)).toThrow('Sealed bytes cannot be opened');
      expect(() => open(flip(k), sealed, aad)).toThrow('Sealed bytes cannot be opened');
      expect(() => open(k, sealed, Uint8Array.from([...aad, 0]))).toThrow('Sealed bytes cannot be opened');
      expect(() => open(k, sealed.subarray(0, sealed.length - 1), aad)).toThrow('Sealed bytes cannot be opened');
    }));
  });

  test('sec-S70: never seals alike twice, and holds to the frame', () => {
    const k = new Uint8Array(32);
    expect(seal(k, new Uint8Array(9), new Uint8Array())).not.toEqual(seal(k, new Uint8Array(9), new Uint8Array()));
    expect(open(k, seal(k, new Uint8Array(MAX_SEALED_FRAME), new Uint8Array()), new Uint8Array())).toHaveLength(MAX_SEALED_FRAME);
    expect(() => seal(k, new Uint8Array(MAX_SEALED_FRAME + 1), new Uint8Array())).toThrow(RangeError);
    expect(() => open(k, new Uint8Array(27), new Uint8Array())).toThrow('Sealed bytes cannot be opened');
  });
});
