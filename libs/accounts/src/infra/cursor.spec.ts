import { expect, test } from '@jest/globals';
import { IdSource, isAppError, seededRandom, systemClock } from '@nexoramail/kernel';
import fc from 'fast-check';
import { Cursors, pageLimit } from './cursor.js';

const cursors = new Cursors(new Uint8Array(32).fill(7));
const id = new IdSource(systemClock, seededRandom(1)).uuid();

test('a cursor gives back its id in its own list only', () => {
  const cursor = cursors.write('keys of A', id);
  expect(cursors.read('keys of A', cursor)).toBe(id);
  expect(() => cursors.read('keys of B', cursor)).toThrow(/does not belong/);
  expect(() => new Cursors(new Uint8Array(32)).read('keys of A', cursor)).toThrow(/does not belong/);
  expect(cursors.read('keys of A', '')).toBeUndefined();
});

test('no other text is a cursor, and none makes it fail otherwise', () => {
  const cursor = cursors.write('l', id);
  fc.assert(fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.nat(31).map((at) => cursor.slice(0, at) + (cursor.charAt(at) === 'A' ? 'B' : 'A') + cursor.slice(at + 1))), (text) => {
    try {
      cursors.read('l', text);
      return text === cursor;
    } catch (error) {
      return isAppError(error) && error.errors[0]?.pointer === '/after';
    }
  }));
});

test('a page has 1 to 100 entries, 25 unless told', () => {
  expect([pageLimit(0), pageLimit(1), pageLimit(100)]).toEqual([25, 1, 100]);
  for (const limit of [-1, 101, 1.5, Number.NaN]) expect(() => pageLimit(limit)).toThrow(/1 to 100/);
});
