import { expect, test } from '@jest/globals';
import { headText, judge } from './verdict.js';

const wall = Date.parse('2026-03-01T09:00:00Z');

test.each([[200, 'succeeded'], [204, 'succeeded'], [299, 'succeeded'], [0, 'failed'], [100, 'failed'], [301, 'failed'], [308, 'failed'], [400, 'failed'], [404, 'failed'], [410, 'gone'], [500, 'failed'], [503, 'failed']])(
  'status %i: %s', (status, kind) => {
    expect(judge({ status, retryAfter: '9' }, wall)).toEqual({ kind });
  });

test.each([
  [429, '120', 120], [502, undefined, 60], [504, 'soon', 60], [429, 'Sun, 01 Mar 2026 09:10:00 GMT', 600], [429, '999999', 3600], [429, '0', 1], [429, 'Sun, 01 Mar 2026 08:00:00 GMT', 1], [429, '-5', 60],
])('status %i with Retry-After %s pauses for %i s', (status, retryAfter, pauseS) => {
  expect(judge({ status, retryAfter }, wall)).toEqual({ kind: 'throttled', pauseS });
});

test('the head of an answer is text that can be stored and shown', () => {
  expect(headText(Buffer.from('ok\n\u001b[31mred\u0000\u202e'))).toBe('ok\n\\u001b[31mred\\u0000\\u202e');
  expect(headText(Buffer.from([0x61, 0xff, 0xfe]))).toBe('a\ufffd\ufffd');
  expect(headText(Buffer.alloc(5000, 0))).toHaveLength(1024);
});
