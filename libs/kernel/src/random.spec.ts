import { expect, test } from '@jest/globals';
import { seededRandom, systemRandom } from './index.js';

test('no two pieces of the system generator are alike, however they are cut', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 4000; i += 1) seen.add(Buffer.from(systemRandom.bytes(10 + (i % 7))).toString('hex').slice(0, 20));
  expect(seen.size).toBe(4000);
});

test('a piece stays as it was when more is asked for', () => {
  const first = systemRandom.bytes(16);
  const copy = Buffer.from(first);
  for (let i = 0; i < 2000; i += 1) systemRandom.bytes(16);
  expect(Buffer.from(first).equals(copy)).toBe(true);
});

test('any length is served, and a seed repeats itself', () => {
  expect([systemRandom.bytes(0).length, systemRandom.bytes(1024).length, systemRandom.bytes(100_000).length]).toEqual([0, 1024, 100_000]);
  expect(seededRandom(3).bytes(8)).toEqual(seededRandom(3).bytes(8));
});
