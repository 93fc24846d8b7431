import { expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import fc from 'fast-check';
import { MessageRate } from './message-rate.js';

test('a key may send twice its rate at once, then goes on at its rate; others are not touched', () => {
  const clock = new ManualClock();
  const rate = new MessageRate(clock.monotonic, 10);
  for (let i = 0; i < 20; i += 1) expect(rate.take('a')).toBe(0);
  expect(rate.take('a')).toBeCloseTo(100);
  expect(rate.take('b')).toBe(0);
  clock.advance(99);
  expect(rate.take('a')).toBeGreaterThan(0);
  clock.advance(1);
  expect(rate.take('a')).toBe(0);
  expect(rate.take('a')).toBeGreaterThan(0);
});

test('gives exactly the burst and the rate to who always asks (property)', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2_000 }), fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 }), (perSecond, gaps) => {
    const clock = new ManualClock();
    const rate = new MessageRate(clock.monotonic, perSecond);
    let taken = 0;
    let elapsed = 0;
    for (const gap of [0, ...gaps]) {
      clock.advance(gap);
      elapsed += gap;
      for (let i = 0; i <= 2 * perSecond && rate.take('a') === 0; i += 1) taken += 1;
      const due = 2 * perSecond + (elapsed * perSecond) / 1000;
      expect(taken).toBeLessThanOrEqual(due + 0.01);
      expect(taken).toBeGreaterThan(due - 1.01);
    }
  }), { numRuns: 50 });
});
