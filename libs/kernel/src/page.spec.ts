import { expect, test } from '@jest/globals';
import { pageEnd, pageOf, pageSize } from './page.js';

test('a page has 1 to 100 rows, 25 unless told', () => {
  expect([0, 1, 100].map(pageSize)).toEqual([25, 1, 100]);
  for (const limit of [-1, 101, 1.5, Number.NaN]) {
    expect(() => pageSize(limit)).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/limit' })] }));
  }
});

test('the row too many tells that there are more, and the cursor stands after the last row shown', () => {
  const end = (rows: readonly string[]) => pageEnd(pageOf(rows, 2), (last) => `after ${last}`);
  expect(pageOf(['a', 'b', 'c'], 2)).toEqual({ items: ['a', 'b'], hasMore: true });
  expect(end(['a', 'b', 'c'])).toEqual({ hasMore: true, nextCursor: 'after b' });
  expect(end(['a', 'b'])).toEqual({ hasMore: false, nextCursor: '' });
  expect(end([])).toEqual({ hasMore: false, nextCursor: '' });
});
