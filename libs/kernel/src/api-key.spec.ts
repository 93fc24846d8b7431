import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { API_SCOPES, generateApiKey, hashApiKey, parseApiKey, seededRandom, systemRandom } from './index.js';

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

test('sec-S74: a new key has its mode in front, parses, and no two are alike', () => {
  const made = new Set<string>();
  for (const mode of ['live', 'test'] as const) {
    for (let i = 0; i < 50; i++) {
      const { secret, prefix } = generateApiKey(mode, systemRandom);
      expect(secret).toMatch(new RegExp(`^nxm_${mode}_[${LETTERS}]{38}$`));
      expect(parseApiKey(secret)).toEqual({ mode, prefix });
      expect(secret.startsWith(prefix)).toBe(true);
      made.add(secret);
    }
  }
  expect(made.size).toBe(100);
});

test('one wrong letter anywhere is told without a look-up', () => {
  const { secret } = generateApiKey('live', seededRandom(3));
  fc.assert(fc.property(fc.integer({ min: 0, max: secret.length - 1 }), fc.constantFrom(...LETTERS, 'L', 'i', ' ', '\n'), (at, letter) => {
    fc.pre(secret.charAt(at) !== letter);
    expect(parseApiKey(secret.slice(0, at) + letter + secret.slice(at + 1))).toBeUndefined();
  }), { numRuns: 500 });
});

test('a key of one mode cannot be turned into the other by its prefix', () => {
  const { secret } = generateApiKey('test', seededRandom(4));
  expect(parseApiKey(secret.replace('nxm_test_', 'nxm_live_'))).toBeUndefined();
});

test('no text makes the parser throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => parseApiKey(text) === undefined));
});

test('sec-S74: the stored hash depends on the deployment key and on every letter', () => {
  const key = new Uint8Array(32).fill(1);
  const { secret } = generateApiKey('live', seededRandom(5));
  const hash = hashApiKey(key, secret);
  expect(hash).toHaveLength(32);
  expect(hashApiKey(key, secret)).toEqual(hash);
  expect(hashApiKey(new Uint8Array(32).fill(2), secret)).not.toEqual(hash);
  expect(hashApiKey(key, `${secret} `)).not.toEqual(hash);
});

test('every scope names a resource and a right, once', () => {
  expect(new Set(API_SCOPES).size).toBe(API_SCOPES.length);
  for (const scope of API_SCOPES) expect(scope).toMatch(/^[a-z_]+:(read|write|send)$/);
});
