import { expect, test } from '@jest/globals';
import { addDays, dayOfMessage, domainOfFrom, labelsOf, metadataLabel } from './message-view.js';

test('the domain of a From is found behind any name', () => {
  expect(['a@X.example', 'Ann <a@x.example>', '"a@b" <c@x.example> ', 'nobody', ''].map(domainOfFrom)).toEqual(['x.example', 'x.example', 'x.example', '', '']);
});

test('the day of a message is the one in its UUIDv7; other ids have none', () => {
  expect(dayOfMessage('019ca8f8-d280-7000-8000-000000000000')).toBe('2026-03-01');
  expect(dayOfMessage('ffffffff-ffff-4fff-8fff-ffffffffffff')).toBe('1970-01-01');
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
});

test('no two labels collide: of a tag and a pair, of pairs with = in key or value', () => {
  expect(metadataLabel('a=b', 'c')).not.toBe(metadataLabel('a', 'b=c'));
  expect(labelsOf({ tags: ['x', 'x', 'm1:a=b'], metadata: { a: 'b' } })).toEqual(['t:x', 't:m1:a=b', 'm1:a=b']);
});
