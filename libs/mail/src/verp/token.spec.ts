import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '@nexoramail/kernel';
import fc from 'fast-check';
import { mintHeaderToken, mintReturnPath, parseHeaderToken, parseReturnPath, tokenHour, type ReportToken } from './token.js';

const random = seededRandom(1);
const ring = [{ version: 2, key: random.bytes(32) }, { version: 1, key: random.bytes(32) }] as const;
const bytes = (n: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: n, maxLength: n });
const tokens = (): fc.Arbitrary<ReportToken> => fc.record({ accountRef: fc.maxSafeNat().map((n) => n % 2 ** 40), category: fc.nat(255), hour: fc.nat(2 ** 24 - 1), recipientRef: bytes(8), addressToken: bytes(10) });
const local = (path: string): string => path.slice(0, path.indexOf('@'));
const sample: ReportToken = { accountRef: 2 ** 40 - 1, category: 3, hour: 493_000, recipientRef: random.bytes(8), addressToken: random.bytes(10) };

describe('return path', () => {
  test('carries its facts there and back, in any case, within 64 octets (property)', () => {
    fc.assert(fc.property(tokens(), fc.constantFrom(...ring), (token, key) => {
      const path = local(mintReturnPath(key, token, 'bounces.example'));
      expect(path.length).toBeLessThanOrEqual(64);
      expect(path).toMatch(/^[a-z0-9-]+$/);
      expect(parseReturnPath(path, ring)).toEqual({ ...token, keyVersion: key.version });
      expect(parseReturnPath(path.toUpperCase(), ring)).toEqual({ ...token, keyVersion: key.version });
    }));
  });

  test('sec-A48 every single changed letter is refused', () => {
    const path = local(mintReturnPath(ring[0], sample, 'bounces.example'));
    for (let i = 0; i < path.length; i++) {
      for (const letter of '0123456789abcdefghjkmnpqrstvwxyz-') {
        if (letter !== path[i]) expect(parseReturnPath(path.slice(0, i) + letter + path.slice(i + 1), ring)).toBeUndefined();
      }
    }
  });

  test('is refused when cut, lengthened, made by a key out of the ring, or anything else (property)', () => {
    const path = local(mintReturnPath(ring[0], sample, 'bounces.example'));
    expect(parseReturnPath(path.slice(0, -1), ring)).toBeUndefined();
    expect(parseReturnPath(`${path}0`, ring)).toBeUndefined();
    expect(parseReturnPath(path, [ring[1]])).toBeUndefined();
    expect(parseReturnPath(path, [{ version: 2, key: ring[1].key }])).toBeUndefined();
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => {
      expect(parseReturnPath(text, ring)).toBeUndefined();
    }));
    expect(parseReturnPath('b-'.repeat(500_000), ring)).toBeUndefined();
  });

  test('a part that does not fit its field is a defect, not a cut value', () => {
    expect(() => mintReturnPath(ring[0], { ...sample, accountRef: 2 ** 40 }, 'b.example')).toThrow(expect.objectContaining({ name: 'RangeError' }));
    expect(() => mintReturnPath(ring[0], { ...sample, hour: 2 ** 24 }, 'b.example')).toThrow(expect.objectContaining({ name: 'RangeError' }));
    expect(() => mintReturnPath(ring[0], { ...sample, recipientRef: new Uint8Array(7) }, 'b.example')).toThrow(expect.objectContaining({ name: 'RangeError' }));
  });
});

describe('header token', () => {
  test('sec-A48 has a 128-bit MAC and is no return path, nor the reverse', () => {
    const header = mintHeaderToken(ring[0], sample);
    expect(header).toHaveLength(Math.ceil(((28 + 16) * 8) / 5));
    expect(parseHeaderToken(header, ring)).toEqual({ ...sample, keyVersion: 2 });
    expect(parseReturnPath(`b-${header}`, ring)).toBeUndefined();
    expect(parseReturnPath(`b-${header.slice(0, 61)}`, ring)).toBeUndefined();
    for (let i = 0; i < header.length; i++) expect(parseHeaderToken(header.slice(0, i) + (header[i] === '0' ? '1' : '0') + header.slice(i + 1), ring)).toBeUndefined();
  });

  test('hour counts from 1970', () => {
    expect(tokenHour(new Date('2026-03-01T09:59:59.999Z'))).toBe(492_321);
  });
});
