import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fastestMs } from '../testing/timing.js';
import { decodeEncodedWords } from './decode-word.js';
import { encodeWords } from './encode-word.js';

describe('encodeWords', () => {
  test('sec-S32 every word is at most 75 characters, decodes alone, and all of them give the text (property)', () => {
    fc.assert(fc.property(fc.string({ unit: fc.oneof(fc.constantFrom(...'abc _=?'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), minLength: 1, maxLength: 120 }), fc.integer({ min: 24, max: 75 }), (text, room) => {
      const words = encodeWords(text, room);
      for (const word of words) {
        expect(word.length).toBeLessThanOrEqual(75);
        expect(decodeEncodedWords(word)).not.toContain('\ufffd');
        expect(word).toMatch(/^=\?UTF-8\?(?:Q\?[A-Za-z0-9!*+/=_-]+|B\?[A-Za-z0-9+/=]+)\?=$/);
      }
      expect(words[0]?.length).toBeLessThanOrEqual(Math.max(room, 24));
      expect(decodeEncodedWords(words.join('\r\n '))).toBe(text.toWellFormed());
    }));
  });

  test('chooses Q for western text and B for other scripts', () => {
    expect(encodeWords('Your order from Köln', 75)).toEqual(['=?UTF-8?Q?Your_order_from_K=C3=B6ln?=']);
    expect(encodeWords('領収書', 75)).toEqual(['=?UTF-8?B?6aCY5Y+O5pu4?=']);
  });
});

describe('decodeEncodedWords', () => {
  test.each([
    ['=?iso-8859-1?q?caf=E9?= au lait', 'café au lait'], ['=?utf-8?b?w6k=?=  =?utf-8?q?=C3=A9?=', 'éé'],
    ['=?utf-8?q?=C3?= =?utf-8?q?=A9?=', 'é'], ['=?windows-1251?B?z/Do4uXy?=', 'Привет'], ['=?x-unknown?q?abc?=', '=?x-unknown?q?abc?='], ['=?utf-8?q?open', '=?utf-8?q?open'], ['a =?utf-8*de?q?b?= c', 'a b c'],
    ['=?iso-2022-jp?B?GyRCTk49cT1xGyhC?=', '領書書'],
  ])('reads %j', (written, text) => {
    expect(decodeEncodedWords(written)).toBe(text);
  });

  test('sec-A36 20,000 words, or what looks like them, take under 50 ms', () => {
    for (const hostile of ['=?utf-8?q?a?= '.repeat(20_000), '=?'.repeat(50_000), `=?${'a'.repeat(50_000)}`, `=?utf-8?q?${'='.repeat(50_000)}`, '=?utf-8?q?'.repeat(20_000), '=?utf-8?q??='.repeat(20_000)]) {
      expect(fastestMs(() => decodeEncodedWords(hostile))).toBeLessThan(50);
    }
  });
});
