import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, pageSize } from './page-cursor.js';

const scope = { accountId: '0195500c-4e80-7000-8000-000000000001', mode: 'live' };

describe('the cursor', () => {
  test('brings back place and id', () => {
    fc.assert(fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), fc.uuid(), (at, id) => {
      expect(decodeCursor('endpoints', scope, encodeCursor('endpoints', scope, { at, id }))).toEqual({ at, id });
    }));
  });

  test('is refused at /after when damaged in any place', () => {
    const cursor = encodeCursor('endpoints', scope, { at: new Date(1_772_355_600_000), id: scope.accountId });
    for (let place = 0; place < cursor.length; place += 1) {
      const damaged = `${cursor.slice(0, place)}${cursor[place] === 'A' ? 'B' : 'A'}${cursor.slice(place + 1)}`;
      expect(() => decodeCursor('endpoints', scope, damaged)).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/after' })] }));
    }
    for (const other of ['', cursor.slice(1), `${cursor}A`, 'ü'.repeat(40)]) expect(() => decodeCursor('endpoints', scope, other)).toThrow(/next_cursor/);
  });

  test('is refused when it is of another list, account or mode', () => {
    const cursor = encodeCursor('endpoints', scope, { at: new Date(0), id: scope.accountId });
    expect(() => decodeCursor('attempts', scope, cursor)).toThrow();
    expect(() => decodeCursor('endpoints', { ...scope, mode: 'test' }, cursor)).toThrow();
    expect(() => decodeCursor('endpoints', { ...scope, accountId: '0195500c-4e80-7000-8000-000000000002' }, cursor)).toThrow();
  });

  test('pages hold 25 rows unless told, and at most 100', () => {
    expect([0, 1, 100, 400].map(pageSize)).toEqual([25, 1, 100, 100]);
  });
});
