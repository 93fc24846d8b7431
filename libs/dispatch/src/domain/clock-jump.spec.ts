import { expect, test } from '@jest/globals';
import { ManualClock, OffsetClock } from '@nexoramail/kernel';
import { ClockJump } from './clock-jump.js';

test('tells when the latest jump began; steered drift is none; without a jump it is now', () => {
  const base = new ManualClock('2026-03-01T09:00:00Z');
  const clock = new OffsetClock(base);
  const jump = new ClockJump(clock, base.monotonic);
  base.advance(60_000);
  expect(jump.since()).toEqual(clock.now());
  clock.moveTo(1_500);
  expect(jump.since()).toEqual(clock.now());
  const before = clock.now();
  clock.moveTo(3_600_000);
  base.advance(10);
  expect(jump.since().getTime() - before.getTime()).toBe(10);
  base.advance(1_000_000);
  expect(jump.since().getTime() - before.getTime()).toBe(10);
});
