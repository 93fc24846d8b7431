import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextPath } from './next-path.js';

test.each(['/messages/em_1', '/messages?status=bounced#x', '/'])('goes on to %s', (next) => {
  expect(nextPath(next)).toBe(next);
});

test.each(['//evil.example', '/\\evil.example', '/\t/evil.example', 'https://evil.example', 'javascript:alert(1)', '/sign-in?next=/', undefined, ''])('starts over instead of going to %j', (next) => {
  expect(nextPath(next)).toBe('/');
});

test('no text leads to another site', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (tail) => {
    expect(new URL(nextPath(`/${tail}`), 'http://dashboard.example').host).toBe('dashboard.example');
  }));
});
