import { expect, test } from '@jest/globals';
import { TOPICS } from '../index.js';

test('every topic has its own name and a reader that is not its owner', () => {
  expect(new Set(TOPICS.map(({ name }) => name)).size).toBe(TOPICS.length);
  for (const { name, owner, readers } of TOPICS) {
    expect([name, readers.length > 0, readers.includes(owner)]).toEqual([name, true, false]);
  }
});

test('topics that hold addresses are kept at most 72 hours', () => {
  for (const { retentionHours } of TOPICS) expect(retentionHours).toBeLessThanOrEqual(72);
});
