import { expect, test } from '@jest/globals';
import { knownId, newId } from './ids.js';
import { accountOf, modeOf, scopeOf } from './scope.js';

const id = '0195500c-4e80-7000-8000-000000000001';

test('a scope names an account and a mode', () => {
  expect(scopeOf({ accountId: id, mode: 'test' })).toEqual({ accountId: id, mode: 'test' });
  expect(accountOf({ accountId: id, mode: '' })).toBe(id);
  for (const scope of [undefined, { accountId: '', mode: 'live' }, { accountId: id.toUpperCase(), mode: 'live' }]) {
    expect(() => scopeOf(scope)).toThrow(expect.objectContaining({ code: 'not_found' }));
  }
  for (const mode of ['', 'Live', 'sandbox']) expect(() => modeOf(mode)).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/mode' })] }));
});

test('what has not the form of an id names nothing, and nothing new can be called so', () => {
  expect([knownId(id, 'API key'), newId(id, '/id')]).toEqual([id, id]);
  for (const text of ['', 'key_1', `${id} `, id.replaceAll('-', '')]) {
    expect(() => knownId(text, 'API key')).toThrow(expect.objectContaining({ code: 'not_found', message: 'There is no such API key.' }));
    expect(() => newId(text, '/key/id')).toThrow(expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/key/id' })] }));
  }
});
