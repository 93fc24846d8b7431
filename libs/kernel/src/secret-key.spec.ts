import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { secretKey } from './index.js';

test('a key object gives what its bytes give, and is made once', () => {
  const bytes = randomBytes(32);
  expect(createHmac('sha256', secretKey(bytes)).update('x').digest()).toEqual(createHmac('sha256', bytes).update('x').digest());
  expect(secretKey(bytes)).toBe(secretKey(bytes));
  expect(secretKey(randomBytes(32))).not.toBe(secretKey(bytes));
});
