import { expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { RateLimit } from './rate-limit.js';

test('a key may burst, then goes on at its rate; others are not touched', () => {
  const clock = new ManualClock();
  const limit = new RateLimit(clock.monotonic, 10, 20);
  for (let i = 0; i < 20; i += 1) limit.take('a');
  expect(() => limit.take('a')).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterS: 1 }));
  expect(limit.take('b')).toMatchObject({ limit: 10, remaining: 19 });
  clock.advance(100);
  expect(limit.take('a')).toMatchObject({ remaining: 0, resetS: 2 });
  expect(() => limit.take('a')).toThrow();
});
