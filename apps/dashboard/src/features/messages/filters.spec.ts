import { expect, test } from '@jest/globals';
import { groupOf, isFiltered, parseMessageSearch, STATUS_GROUPS } from './filters.js';

test('a URL written by anybody becomes filters that the API knows', () => {
  expect(parseMessageSearch({ status: ['failed', 'bounced', 'failed', 'nonsense'], recipient: '  ann@x.example ', tag: '', other: '1' })).toEqual({ status: ['bounced', 'failed'], recipient: 'ann@x.example' });
  expect(parseMessageSearch({ status: { a: 1 }, recipient: ['a', 'b'], tag: 5 })).toEqual({});
  expect(parseMessageSearch({ status: 'bounced' })).toEqual({ status: ['bounced'] });
});

test('each group is found again, in whatever order; a mixture is none', () => {
  for (const { id, statuses } of STATUS_GROUPS) expect(groupOf([...statuses].reverse())).toBe(id);
  expect(groupOf(['bounced', 'delivered'])).toBeUndefined();
  expect(groupOf(undefined)).toBe('any');
});

test('no filter is no filter', () => {
  expect(isFiltered({})).toBe(false);
  expect(isFiltered({ tag: 'x' })).toBe(true);
});
