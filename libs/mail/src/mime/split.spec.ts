import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fastestMs } from '../testing/timing.js';
import { editHeaders } from './edit-headers.js';
import { checkFieldCounts, fieldValue, firstValue, splitMessage } from './split.js';

const raw = (text: string): Buffer => Buffer.from(text, 'latin1');
const submitted = raw('Return-Path: <x@y.example>\r\nX-Nexora-Category: auth.otp\r\nFrom: Ann\r\n <ann@x.example>\r\nBCC: b@x.example,\r\n\tc@x.example\r\nX-Nexora-Tag: a\r\nSubject : caf\xe9  \xc3\xa9\r\n\r\n.\r\n..x\r\n\xff\xfe');

const fieldNames = (): fc.Arbitrary<string> => fc.constantFrom('From', 'To', 'Subject', 'X-A', 'X-Nexora-Tag', 'Bcc', 'Received');
const fieldValues = (): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...'ab :<>@;', '\r\n ', '\r\n\t', '\xe9'), maxLength: 40 }).filter((value) => !/\r\n[ \t]*(?:\r\n|$)/.test(value));

describe('splitMessage', () => {
  test('finds fields, folded values and body where they lie', () => {
    const message = splitMessage(submitted);
    expect(message.fields.map(({ name }) => name)).toEqual(['return-path', 'x-nexora-category', 'from', 'bcc', 'x-nexora-tag', 'subject']);
    expect(firstValue(message, 'From')).toBe('Ann <ann@x.example>');
    expect(firstValue(message, 'subject')).toBe('caf\ufffd  é');
    expect(firstValue(message, 'date')).toBeUndefined();
    expect(Buffer.from(message.body).toString('latin1')).toBe('.\r\n..x\r\n\xff\xfe');
    expect(message.body.buffer).toBe(submitted.buffer);
  });

  test('header and body put together again are the message (property)', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fieldNames(), fieldValues())), fc.uint8Array({ maxLength: 60 }), (fields, body) => {
      const message = Buffer.concat([raw(fields.map(([name, value]) => `${name}:${value}\r\n`).join('') + '\r\n'), body]);
      const split = splitMessage(message);
      expect(Buffer.concat([split.header, raw('\r\n'), split.body])).toEqual(message);
      expect(split.fields.map(({ name }) => name)).toEqual(fields.map(([name]) => name.toLowerCase()));
      expect(split.fields.map((field) => fieldValue(split, field))).toEqual(fields.map(([, value]) => raw(value).toString('utf8').replaceAll('\r\n', '').trim()));
    }));
  });

  test('a message may end with its header, or be only a body', () => {
    expect(splitMessage(raw('From: a@x.example\r\n')).body).toHaveLength(0);
    expect(splitMessage(raw('\r\nbody')).fields).toEqual([]);
    expect(splitMessage(raw('')).fields).toEqual([]);
  });

  test.each(['no colon here\r\n\r\nx', 'From: a\r\n folded\r\nbroken line\r\n\r\n', ' From: a\r\n\r\n', ': empty\r\n\r\n', 'Fr\xf6m: a\r\n\r\n', 'A b: c\r\n\r\n'])('refuses the header %j, which readers take differently', (text) => {
    expect(() => splitMessage(raw(text))).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  test('a header of 20 MB or a million fields is refused within 100 ms', () => {
    for (const hostile of [raw('X: 1\r\n'.repeat(1_000_000)), raw(`X: ${'a'.repeat(20_000_000)}\r\n\r\n`), raw('X:\r\n'.repeat(5) + ' \r\n'.repeat(3_000_000)), Buffer.alloc(20_000_000, 'a')]) {
      expect(fastestMs(() => {
        expect(() => splitMessage(hostile)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
      })).toBeLessThan(100);
    }
  });
});

describe('checkFieldCounts', () => {
  test('sec-S31 a repeated From, To, Cc, Subject, Reply-To, Date or Message-ID is refused by name, and so is a missing From', () => {
    for (const name of ['From', 'To', 'Cc', 'Subject', 'Reply-To', 'Date', 'Message-ID', 'Content-Type']) {
      const other = name === 'From' ? '' : 'From: a@x.example\r\n';
      expect(() => { checkFieldCounts(splitMessage(raw(`${other}${name}: a\r\n${name.toUpperCase()}: b\r\n\r\n`))); }).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ pointer: `/headers/${name.toLowerCase()}` })] }));
      expect(() => { checkFieldCounts(splitMessage(raw(`${other}${name}: a\r\nReceived: x\r\nReceived: y\r\n\r\n`))); }).not.toThrow();
    }
    expect(() => { checkFieldCounts(splitMessage(raw('To: a@x.example\r\n\r\n'))); }).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});

describe('editHeaders', () => {
  const edit = { remove: ['Bcc', 'X-Nexora-*', 'return-path'], prepend: [{ name: 'Date', value: 'Sun, 01 Mar 2026 09:00:00 +0000' }, { name: 'Message-ID', value: '<m@x.example>' }] };

  test('sec-S13 removes what we own, adds what is missing, and leaves the rest byte for byte', () => {
    expect(Buffer.from(editHeaders(submitted, edit)).toString('latin1')).toBe('Date: Sun, 01 Mar 2026 09:00:00 +0000\r\nMessage-ID: <m@x.example>\r\nFrom: Ann\r\n <ann@x.example>\r\nSubject : caf\xe9  \xc3\xa9\r\n\r\n.\r\n..x\r\n\xff\xfe');
  });

  test('sec-S13 8-bit octets and lines of 998 octets survive; nothing to do gives the same bytes', () => {
    const long = Buffer.concat([raw(`From: a@x.example\r\nX-Long: ${'l'.repeat(990)}\r\n\r\n`), Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)), raw(`\r\n${'z'.repeat(998)}\r\n`)]);
    expect(editHeaders(long, { remove: ['bcc'] })).toBe(long);
    expect(Buffer.from(editHeaders(long, { remove: ['bcc'], prepend: [{ name: 'Date', value: 'x' }] })).subarray('Date: x\r\n'.length)).toEqual(long);
  });

  test('removing is exact for every order of fields (property)', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fieldNames(), fieldValues())), fc.uint8Array({ maxLength: 40 }), (fields, body) => {
      const build = (kept: readonly (readonly [string, string])[]): Buffer => Buffer.concat([raw(kept.map(([name, value]) => `${name}:${value}\r\n`).join('') + '\r\n'), body]);
      const kept = fields.filter(([name]) => !['Bcc', 'X-Nexora-Tag'].includes(name));
      expect(Buffer.from(editHeaders(build(fields), { remove: ['bcc', 'x-nexora-*'] }))).toEqual(build(kept));
    }));
  });
});
