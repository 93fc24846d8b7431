import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_TRIES, nextTry } from './schedule.js';

const start = new Date('2026-03-01T09:00:00Z');

test('sec-S50: ten posts, the last one 75 h 35 min after the first', () => {
  let at = start;
  let tries = 1;
  for (let next = nextTry(tries, at, 0); next; next = nextTry(tries, at, 0)) {
    at = next;
    tries += 1;
  }
  expect([tries, (at.getTime() - start.getTime()) / 60_000]).toEqual([MAX_TRIES, 75 * 60 + 35 + 5 / 60]);
});

test('jitter brings a post forward by up to a tenth, never back; a throttle holds it back', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX_TRIES - 1 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3600), (tries, fraction, throttleS) => {
    const [plain, jittered, held] = [nextTry(tries, start, 0), nextTry(tries, start, fraction), nextTry(tries, start, fraction, throttleS)];
    if (!plain || !jittered || !held) throw new Error('There is a next try');
    const delay = plain.getTime() - start.getTime();
    expect(jittered.getTime() - start.getTime()).toBeGreaterThanOrEqual(delay * 0.9 - 1);
    expect(jittered.getTime()).toBeLessThanOrEqual(plain.getTime());
    expect(held.getTime()).toBeGreaterThanOrEqual(start.getTime() + throttleS * 1000 - 1);
  }));
});
