import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bodyTexts } from '../testing/arbitraries.js';
import { encodeBase64, encodeText } from './body-encoding.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const crlf = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, '\r\n');

/** RFC 2045 §6.7 as the standard says it, with no thought of speed. */
function decodeQuotedPrintable(encoded: string): string {
  const joined = encoded.replaceAll('=\r\n', '');
  return Buffer.from(joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))), 'latin1').toString('utf8');
}

describe('encodeText', () => {
  test('sec-S30 decodes to the text with CRLF ends, in lines of at most 76 octets, for all three encodings (property)', () => {
    const seen = new Set<string>();
    fc.assert(fc.property(fc.oneof(bodyTexts(), fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ unit: 'grapheme-ascii', maxLength: 400 })), (text) => {
      const { encoding, bytes } = encodeText(text);
      const wire = latin1(bytes);
      seen.add(encoding);
      for (const line of wire.split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76);
        expect(line).not.toMatch(/[\r\n\0\x80-\xff]|[ \t]$|^From /);
      }
      const decoded = encoding === 'base64' ? Buffer.from(wire, 'base64').toString('utf8') : encoding === 'quoted-printable' ? decodeQuotedPrintable(wire) : wire;
      expect(decoded).toBe(crlf(text.toWellFormed()));
    }), { numRuns: 1500 });
    expect([...seen].sort()).toEqual(['7bit', 'base64', 'quoted-printable']);
  });

  test('a line of exactly 76 is left whole, one of 77 is broken', () => {
    expect(encodeText('x'.repeat(76)).encoding).toBe('7bit');
    expect(latin1(encodeText(`${'x'.repeat(75)}=\nä`).bytes)).toBe(`${'x'.repeat(75)}=\r\n=3D\r\n=C3=A4`);
    expect(latin1(encodeText(`${'x'.repeat(77)}`).bytes)).toBe(`${'x'.repeat(75)}=\r\nxx`);
    expect(latin1(encodeText(`${'x'.repeat(76)}\nä`).bytes)).toBe(`${'x'.repeat(76)}\r\n=C3=A4`);
  });
});

describe('encodeBase64', () => {
  test('gives the bytes back in lines of 76 letters, also from a view into a larger buffer (property)', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(20), (bytes, offset) => {
      const view = bytes.subarray(Math.min(offset, bytes.length));
      const wire = latin1(encodeBase64(view));
      expect(Uint8Array.from(Buffer.from(wire, 'base64'))).toEqual(Uint8Array.from(view));
      const rows = wire.split('\r\n');
      rows.slice(0, -1).forEach((row) => { expect(row).toHaveLength(76); });
      expect(rows.at(-1)?.length).toBeLessThanOrEqual(76);
    }));
  });
});
