import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fastestMs } from '../testing/timing.js';
import { relaxedBodyHash } from './body-hash.js';

/** RFC 6376 §3.4.4 line by line, with no thought of speed. */
function reference(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return createHash('sha256').update(lines.map((line) => `${line}\r\n`).join(''), 'latin1').digest('base64');
}
const hash = (body: string): string => relaxedBodyHash(Buffer.from(body, 'latin1'));

describe('relaxedBodyHash', () => {
  test('agrees with the standard read line by line (property)', () => {
    const piece = fc.oneof(fc.string({ unit: fc.constantFrom('a', ' ', '\t', '\r\n', '\xff'), maxLength: 30 }), fc.constantFrom('', ' ', '\t ', ' \t\r\n', '  \r\n\r\n'), fc.constantFrom('b'.repeat(1023), 'c'.repeat(1500), ' '.repeat(700), `${'d '.repeat(600)}\t`, `${'e'.repeat(511)}  `, `${'f  '.repeat(9000)}`));
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      expect(hash(pieces.join(''))).toBe(reference(pieces.join('')));
    }), { numRuns: 2000 });
  });

  test('the empty body, and a body of empty lines only, hash to nothing (RFC 6376 §3.4.4)', () => {
    const empty = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
    for (const body of ['', '\r\n', '\r\n\r\n \t\r\n', ' ']) expect(hash(body)).toBe(empty);
  });

  test('the example of RFC 6376 §3.4.5', () => {
    expect(hash(' C \r\nD \t E\r\n\r\n\r\n')).toBe(createHash('sha256').update(' C\r\nD E\r\n').digest('base64'));
  });

  test('a megabyte of white space stays linear', () => {
    const body = `${' \t'.repeat(500_000)}x${' \r\n'.repeat(300_000)}y`;
    expect(hash(body)).toBe(reference(body));
    expect(fastestMs(() => hash(body))).toBeLessThan(100);
  });
});
