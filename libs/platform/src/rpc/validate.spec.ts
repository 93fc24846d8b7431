import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemError } from '@nexoramail/contracts';
import { exceeds } from './validate.js';

const message = fc.record({
  code: fc.string({ unit: 'binary' }),
  detail: fc.string({ unit: 'binary', maxLength: 2_000 }),
  errors: fc.array(fc.record({ pointer: fc.string(), code: fc.string(), message: fc.string({ unit: 'binary' }) })),
  retryAfterS: fc.nat(),
});

test('the estimate is near the encoded size: never past it by more than the fields’ own bytes', () => {
  fc.assert(fc.property(message, (value) => {
    const real = ItemError.encode(value).finish().byteLength;
    const fields = 4 + value.errors.length * 4;
    expect(exceeds(value, real + fields * 2)).toBe(false);
    expect(exceeds(value, Math.max(0, real - fields * 4))).toBe(true);
  }));
});

test('bytes count as they are, letters as UTF-8', () => {
  expect(exceeds({ b: new Uint8Array(100) }, 103)).toBe(true);
  expect(exceeds({ b: new Uint8Array(100) }, 104)).toBe(false);
  expect(exceeds({ s: '€'.repeat(100) }, 303)).toBe(true);
  expect(exceeds({ s: '€'.repeat(100) }, 304)).toBe(false);
  expect(exceeds({ nothing: undefined, none: '', at: new Date(), n: 5n, flag: true }, 8)).toBe(false);
});
