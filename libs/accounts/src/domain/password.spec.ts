import { describe, expect, test } from '@jest/globals';
import { isAppError } from '@nexoramail/kernel';
import { newPassword } from './password.js';

const faultOf = (password: string, hasFactor = true): string | undefined => {
  try {
    newPassword(password, { hasFactor, email: 'maria.gruber@shop.example' });
    return undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.errors[0]?.code;
  }
};

describe('sec-S53: a new password', () => {
  test.each([
    ['7 characters', 'kfj3-xq', true, 'too_short'],
    ['8 characters with a factor', 'kfj3-xqz', true, undefined],
    ['14 characters alone', 'kfj3-xqzp-mwdr', false, 'too_short'],
    ['15 characters alone', 'kfj3-xqzp-mwdrv', false, undefined],
    ['64 characters and blanks', `${'lorry '.repeat(10)}cost`, false, undefined],
    ['257 characters', 'xy'.repeat(128) + 'z', true, 'too_long'],
    ['a common one', 'Password123', true, 'too_common'],
    ['the address', 'maria.gruber@shop.example', true, 'too_common'],
    ['the product\'s name and little more', 'NexoraMail1', true, 'too_common'],
    ['one letter over and over', 'aaaaaaaaaaaaaaaa', true, 'too_common'],
    ['characters counted as people do', '😀🎈🚗🏠🐈🌲🍎', true, 'too_short'],
  ])('%s', (_name, password, hasFactor, fault) => {
    expect(faultOf(password, hasFactor)).toBe(fault);
  });

  test('is hashed in one normal form', () => {
    const rule = { hasFactor: true, email: 'a@b.example' };
    expect(newPassword('mu\u0308ssig-gang', rule)).toBe(newPassword('m\u00fcssig-gang', rule));
  });
});
