import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './page-cursor.js';

const scope = { accountId: '0195500c-4e80-7000-8000-000000000001', mode: 'live' };

describe('the cursor', () => {
  test('brings back place and id', () => {
    fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), fc.uuid(), (at, id) => {
      expect(decodeCursor('messages', scope, encodeCursor('messages', scope, { at, id }))).toEqual({ at, id });
    }));
  });

  test('is refused at /after when damaged in any place', () => {
    const cursor = encodeCursor('messages', scope, { at: new Date(1_772_355_600_000), id: scope.accountId });
    for (let place = 0; place < cursor.length; place += 1) {
      const damaged = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
      expect(() => decodeCursor('messages', scope, damaged)).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/after' })] }));
    }
    for (const other of ['', cursor.slice(1), `${cursor}A`, 'ü'.repeat(40)]) expect(() => decodeCursor('messages', scope, other)).toThrow(/next_cursor/);
  });

  test('is refused when it is of another list, account or mode', () => {
    const cursor = encodeCursor('messages', scope, { at: new Date(0), id: scope.accountId });
    expect(() => decodeCursor('attempts', scope, cursor)).toThrow();
    expect(() => decodeCursor('messages', { ...scope, mode: 'test' }, cursor)).toThrow();
    expect(() => decodeCursor('messages', { ...scope, accountId: '0195500c-4e80-7000-8000-000000000002' }, cursor)).toThrow();
  });
});
