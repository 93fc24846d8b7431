import { expect, test } from '@jest/globals';
import { IdSource, isAppError, seededRandom, systemClock } from '@nexoramail/kernel';
import fc from 'fast-check';
import { Cursors } from './cursors.js';

const cursors = new Cursors(new Uint8Array(32).fill(7));
const id = new IdSource(systemClock, seededRandom(1)).uuid();

test('a cursor gives back its id in its own list only', () => {
  const cursor = cursors.write('keys of A', id);
  expect(cursors.read('keys of A', cursor)).toBe(id);
  expect(() => cursors.read('keys of B', cursor)).toThrow(/next_cursor/);
  expect(() => new Cursors(new Uint8Array(32)).read('keys of A', cursor)).toThrow(/next_cursor/);
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
