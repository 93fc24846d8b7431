import { describe, expect, test } from '@jest/globals';
import { isAppError } from '@nexoramail/kernel';
import fc from 'fast-check';
import { domains, emails, localParts } from '../testing/arbitraries.js';
import { fastestMs } from '../testing/timing.js';
import type { AddressOptions } from './address.js';
import { parseEnvelopePath } from './envelope-path.js';
import { parseMailbox, parseMailboxList } from './mailbox.js';
import { parseAddress } from './parse-address.js';

const faultOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isAppError(error) && error.code === 'validation_failed') return error.errors[0]?.code ?? '';
    throw error;
  }
  return 'taken';
};
const fault = (text: string, options?: AddressOptions): string => faultOf(() => parseAddress(text, options));

describe('parseAddress', () => {
  test('keeps the local part, lower-cases the domain and drops its trailing dot', () => {
    expect(parseAddress('Ann.Smith+Tag@EXAMPLE.Com.')).toEqual({ email: 'Ann.Smith+Tag@example.com', localPart: 'Ann.Smith+Tag', domain: 'example.com', needsSmtpUtf8: false });
  });

  test('takes every canonical address and gives it back unchanged (property)', () => {
    fc.assert(fc.property(emails(), (email) => {
      expect(parseAddress(email).email).toBe(email);
    }));
  });

  test('is idempotent on whatever it takes (property)', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab."@\\<>(),:;[] %!=?-', 'é', '\u00ad', '。', 'ｘ', '\u200f', '\n'), maxLength: 24 }), (text) => {
      if (fault(text) !== 'taken') return;
      const address = parseAddress(text);
      expect(parseAddress(address.email)).toEqual(address);
      expect(address.email.lastIndexOf('@')).toBe(address.localPart.length);
    }), { numRuns: 2000 });
  });

  test('the refusal names the field and the rule, and never repeats the address', () => {
    expect.assertions(3);
    try {
      parseAddress('secret person@corp.example', { pointer: '/to/0' });
    } catch (error) {
      expect(isAppError(error) && error.errors[0]).toMatchObject({ pointer: '/to/0', code: 'address_malformed' });
      expect(String(error)).toContain('name@domain');
      expect(String(error)).not.toContain('secret');
    }
  });

  test.each([
    ['', 'address_malformed'], ['ann', 'address_malformed'], ['@x.example', 'address_source_route'], ['ann@', 'address_domain'], ['.a@x.example', 'address_malformed'], ['a.@x.example', 'address_malformed'],
    ['a..b@x.example', 'address_malformed'], ['a b@x.example', 'address_malformed'], ['a@x', 'address_domain'], ['a@[127.0.0.1]', 'address_malformed'], ['a@127.0.0.1', 'address_domain'], ['a@x..example', 'address_domain'],
    ['a@-x.example', 'address_domain'], ['a@x_y.example', 'address_domain'], ['a@localhost', 'address_domain'], ['a\0b@x.example', 'address_control_character'], ['a@x.example\r\nRCPT TO:<e@e.example>', 'address_control_character'],
    ['"a@x.example', 'address_malformed'], ['"a"b@x.example', 'address_malformed'], ['""@x.example', 'address_quoted'],
  ])('refuses %j as %s', (text, code) => {
    expect(fault(text)).toBe(code);
  });

  test('sec-S3 takes a local part of 64 octets and an address of 254, and refuses one more', () => {
    const domain = (length: number): string => `${'d'.repeat(60)}.`.repeat(4).slice(0, length - 8) + '.example';
    expect(fault(`${'a'.repeat(64)}@x.example`)).toBe('taken');
    expect(fault(`${'a'.repeat(65)}@x.example`)).toBe('address_too_long');
    expect(fault(`${'ä'.repeat(33)}@x.example`)).toBe('address_too_long');
    expect(`${'a'.repeat(64)}@${domain(189)}`).toHaveLength(254);
    expect(fault(`${'a'.repeat(64)}@${domain(189)}`)).toBe('taken');
    expect(fault(`${'a'.repeat(64)}@${domain(190)}`)).toBe('address_too_long');
    expect(fault(`a@${'d'.repeat(64)}.example`)).toBe('address_domain');
  });

  test('sec-S20 a non-ASCII local part is flagged, and refused where SMTPUTF8 was not asked for', () => {
    expect(parseAddress('jörg@x.example').needsSmtpUtf8).toBe(true);
    expect(fault('jörg@x.example', { smtputf8: false })).toBe('address_needs_smtputf8');
    expect(fault('jorg@bücher.example', { smtputf8: false })).toBe('taken');
  });
});

// One table for all doors: what one parser refuses, none may take.
const doors: readonly [string, (text: string) => unknown][] = [
  ['parseAddress', parseAddress], ['parseMailbox', parseMailbox], ['parseMailboxList', (text) => { if (parseMailboxList(text).length !== 1) throw new Error('not one'); }], ['parseEnvelopePath', parseEnvelopePath],
];

describe.each(doors)('%s', (_, parse) => {
  test('sec-A22 refuses a comment between the domains', () => {
    expect(faultOf(() => parse('u@good.example(x)evil.example'))).toBe('address_comment');
  });

  test('sec-A23 refuses a quoted @, however it is escaped', () => {
    for (const text of ['"x@evil.example y"@good.example', '"x\\@evil.example"@good.example', '"<x@evil.example>"@good.example']) expect(faultOf(() => parse(text))).toBe('address_quoted');
  });

  test('sec-A26 refuses an encoded-word as the address', () => {
    expect(faultOf(() => parse('=?utf-8?q?a=40evil.example=3e=00?=foo@good.example'))).toBe('address_encoded_word');
  });

  test('sec-A27 refuses the percent hack and bang paths', () => {
    for (const text of ['a%e.example@g.example', 'e.example!b@g.example']) expect(faultOf(() => parse(text))).toBe('address_percent_hack');
  });

  test('sec-A27 refuses groups, routes and several addresses in the place of one', () => {
    for (const text of ['g:a@e.example;', '@e.example:a@g.example', '<a@g.example><b@e.example>', 'a@g.example b@e.example', 'a@g.example@e.example', '<@e.example:a@g.example>']) {
      expect(faultOf(() => parse(text))).toMatch(/^address_(?:group|source_route|several|malformed)$/);
    }
  });

  test('sec-A25 refuses bidi marks and controls in either half', () => {
    for (const sign of ['\u200f', '\u202e', '\u2066', '\u0085', '\u2028', '\u0000', '\u200b', '\ufeff']) {
      expect(faultOf(() => parse(`a${sign}b@x.example`))).toBe('address_control_character');
      if (sign !== '\u200b') expect(faultOf(() => parse(`ab@x${sign}y.example`))).toBe('address_control_character'); // UTS 46 maps U+200B to nothing
    }
  });

  test('sec-A28 sec-A36 answers each megabyte of malice within 50 ms', () => {
    const hostile = [','.repeat(100_000), 'g:'.repeat(5000), '('.repeat(1_000_000), '"'.repeat(1_000_000), '"\\'.repeat(500_000), 'a'.repeat(50_000), '@'.repeat(50_000), '.'.repeat(50_000), `a@${'a.'.repeat(50_000)}`,
      `<${'a'.repeat(50_000)}@x.example>`, '=?'.repeat(50_000), ' '.repeat(200_000), `${'a '.repeat(2000)}<`, 'a,'.repeat(100_000), '"a",'.repeat(60_000), '<'.repeat(200_000), `${'xn--'.repeat(200)}@x.example`];
    for (const text of hostile) {
      expect(fastestMs(() => { expect(faultOf(() => parse(text))).toMatch(/^address_/); })).toBeLessThan(50);
    }
  });
});

describe('parseEnvelopePath', () => {
  test('reads a path with and without brackets alike, and <> as the null path', () => {
    fc.assert(fc.property(localParts(), domains(), (local, domain) => {
      expect(parseEnvelopePath(`<${local}@${domain}>`)).toEqual(parseEnvelopePath(`${local}@${domain}`));
    }));
    expect(parseEnvelopePath('<>')).toBeNull();
    expect(parseEnvelopePath('')).toBeNull();
  });

  test('sec-A9 refuses whatever hides more than one path', () => {
    for (const text of ['<a@b.example>\r\nRCPT TO:<x@y.example>', '<a@b.example> NOTIFY=NEVER', '<a@b.example> <c@d.example>', '<"a\r\nRCPT TO:<e@e.example>"@b.example>', '<<a@b.example>>']) {
      expect(faultOf(() => parseEnvelopePath(text))).toMatch(/^address_/);
    }
  });
});
