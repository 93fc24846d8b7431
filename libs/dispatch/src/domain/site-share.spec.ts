import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ALONE, shareOf } from './site-share.js';

test('shares of all workers add up to the limit, differ by one at most, and small sites are spread over the workers', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 40 }), fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 9 }), fc.domain(), (limit, workers, site) => {
    const shares = workers.map((self) => shareOf(limit, site, { self, workers }));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(limit);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  }));
  const workers = ['a', 'b', 'c'];
  const picked = Array.from({ length: 300 }, (_, i) => workers.find((self) => shareOf(1, `mx${i}.example`, { self, workers }) === 1));
  for (const worker of workers) expect(picked.filter((one) => one === worker).length).toBeGreaterThan(60);
});

test('a worker that is alone, or not registered yet, has the whole limit', () => {
  expect([shareOf(7, 'x', ALONE), shareOf(7, 'x', { self: 'new', workers: ['a', 'b'] })]).toEqual([7, 7]);
});
