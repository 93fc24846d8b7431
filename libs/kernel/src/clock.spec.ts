import { expect, test } from '@jest/globals';
import { ManualClock, OffsetClock } from './index.js';

test('business time moves forward only and runs on from there', () => {
  const base = new ManualClock('2026-03-01T00:00:00Z');
  const clock = new OffsetClock(base);
  clock.moveTo(3_600_000);
  clock.moveTo(10);
  base.advance(1000);
  expect(clock.now().toISOString()).toBe('2026-03-01T01:00:01.000Z');
});
