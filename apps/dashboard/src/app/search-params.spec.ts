import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSearch, stringifySearch } from './search-params.js';

test('a query string is what people write by hand', () => {
  expect(parseSearch('?status=bounced&status=failed&recipient=a%2Bb%40x.example')).toEqual({ status: ['bounced', 'failed'], recipient: 'a+b@x.example' });
  expect(stringifySearch({ status: ['bounced', 'failed'], tag: undefined, recipient: 'a+b@x.example', limit: 5 })).toBe('?status=bounced&status=failed&recipient=a%2Bb%40x.example&limit=5');
  expect(stringifySearch({ tag: undefined })).toBe('');
});

test('what is written is read back', () => {
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2 }));
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'), value), (search) => {
    expect(parseSearch(stringifySearch(search))).toEqual({ ...search });
  }));
});
