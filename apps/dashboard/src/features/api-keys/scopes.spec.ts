import { expect, test } from '@jest/globals';
import { ALL_SCOPES, describeScopes, expiryOf } from './scopes.js';

test('scopes are told in a few words', () => {
  expect([ALL_SCOPES, ['emails:send'], ['emails:send', 'emails:read'], ['a:read', 'b:read', 'c:read']].map(describeScopes)).toEqual(['Everything', 'Sending only', 'emails:send, emails:read', 'a:read and 2 more']);
});

test('a key lives as many days as chosen, or for ever', () => {
  expect(expiryOf('30', Date.parse('2026-03-01T09:00:00Z'))).toBe('2026-03-31T09:00:00.000Z');
  expect([expiryOf('never', 0), expiryOf('-1', 0), expiryOf('', 0)]).toEqual([undefined, undefined, undefined]);
});
