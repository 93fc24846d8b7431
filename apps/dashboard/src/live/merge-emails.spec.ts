import { expect, test } from '@jest/globals';
import type { Email, Page } from '@nexoramail/sdk';
import { mergeFirstPage, replaceRows, type EmailPages } from './merge-emails.js';

const email = (n: number, status = 'queued'): Email => ({ id: `em_${n}`, status, created_at: new Date(n * 1_000).toISOString() }) as Email;
const page = (rows: readonly (number | Email)[], next: string | null): Page<Email> => ({ data: rows.map((row) => (typeof row === 'number' ? email(row) : row)), has_more: next !== null, next_cursor: next });
const loaded = (...pages: Page<Email>[]): EmailPages => ({ pages, pageParams: pages.map((_, index) => (index === 0 ? undefined : `c${index}`)) });
const ids = (merged: EmailPages | undefined): string[] | undefined => merged?.pages.flatMap(({ data }) => data.map(({ id }) => id));

test('a new message is put on top, what was loaded stays, and the list goes on where it ended', () => {
  const merged = mergeFirstPage(loaded(page([5, 4], 'a'), page([3, 2], 'b')), page([6, email(5, 'delivered')], 'n'));
  expect(ids(merged)).toEqual(['em_6', 'em_5', 'em_4', 'em_3', 'em_2']);
  expect(merged?.pages[0]?.data[1]?.status).toBe('delivered');
  expect(merged?.pages.at(-1)?.next_cursor).toBe('b');
});

test('a row that no longer fits the filter goes', () => {
  expect(ids(mergeFirstPage(loaded(page([5, 4, 3], 'a'), page([2], null)), page([5, 3, 2], 'n')))).toEqual(['em_5', 'em_3', 'em_2']);
  expect(ids(mergeFirstPage(loaded(page([5, 4], null)), page([5], null)))).toEqual(['em_5']);
  expect(ids(mergeFirstPage(loaded(page([5], null)), page([], null)))).toEqual([]);
});

test('a gap between old and new rows is noticed', () => {
  expect(mergeFirstPage(loaded(page([3, 2], null)), page([9, 8], 'n'))).toBeUndefined();
  expect(mergeFirstPage(loaded(page([], null)), page([9, 8], 'n'))).toBeUndefined();
});

test('no row is shown twice, whatever was loaded', () => {
  const merged = mergeFirstPage(loaded(page([4, 3], 'a'), page([2, 1], 'b')), page([4, 3, 2], 'n'));
  expect(ids(merged)).toEqual(['em_4', 'em_3', 'em_2', 'em_1']);
});

test('single rows are replaced where they are', () => {
  expect(replaceRows(loaded(page([3, 2], 'a'), page([1], null)), [email(1, 'bounced')]).pages[1]?.data[0]?.status).toBe('bounced');
});
