import { expect, test } from '@jest/globals';
import { generateApiKey, seededRandom } from '@nexoramail/kernel';
import { callerOfPrincipal, keyOfHeader } from './api-key-auth.js';

const { secret } = generateApiKey('live', seededRandom(1));

test('scopes that this version does not know give nothing', () => {
  const caller = callerOfPrincipal({ keyId: 'k', accountId: 'a', accountRef: 1n, mode: 'live', scopes: ['emails:send', 'made:up'], defaultCategory: '', plan: 'growth', expiresAt: undefined });
  expect([...caller.scopes]).toEqual(['emails:send']);
});

test.each([
  [undefined, 'no Authorization header'],
  ['Basic abc', 'Basic authentication'],
  [secret, 'word Bearer is missing'],
  ['Bearer a b', 'not of the form'],
])('the header %s has a text of its own', (header, text) => {
  expect(() => keyOfHeader(header)).toThrow(text);
});
