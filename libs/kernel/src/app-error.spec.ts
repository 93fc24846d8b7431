import { expect, test } from '@jest/globals';
import { AppError, ERROR_CODES, isAppError, toAppError } from './index.js';

test('a defect becomes `internal` and keeps its cause out of the message', () => {
  const defect = new TypeError('secret detail');
  const error = toAppError(defect);
  expect(error.code).toBe('internal');
  expect(error.message).not.toContain('secret');
  expect(error.cause).toBe(defect);
});

test('a code that is not in the table is no AppError', () => {
  expect(isAppError(Object.assign(new Error('x'), { name: 'AppError', code: 'toString' }))).toBe(false);
  expect(isAppError(new AppError('not_found', 'x'))).toBe(true);
});

test('SMTP replies and HTTP statuses agree on permanence', () => {
  for (const [code, { smtp, retryable }] of Object.entries(ERROR_CODES)) {
    if (smtp) expect([code, smtp[1].startsWith(retryable ? '4.' : '5.')]).toEqual([code, true]);
  }
});
