import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from './index.js';

test('every byte string survives the round trip', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes);
  }));
});

test('one value has one spelling: whatever decodes is what would be written', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyzILOU-'), maxLength: 30 }), (text) => {
    const bytes = decodeBase32(text);
    if (bytes) expect(encodeBase32(bytes)).toBe(text);
  }));
});
