import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { displayNames, emails } from '../testing/arbitraries.js';
import { parseMailbox, parseMailboxList } from './mailbox.js';

const named = (text: string): [string | undefined, string] => {
  const { displayName, email } = parseMailbox(text);
  return [displayName, email];
};

describe('parseMailbox', () => {
  test.each([
    ['ann@x.example', undefined], [' <ann@x.example> ', undefined], ['Ann <ann@x.example>', 'Ann'], ['"Smith, Ann (Sales)" <ann@x.example>', 'Smith, Ann (Sales)'], ['Ann "the boss" Smith <ann@x.example>', 'Ann the boss Smith'],
    ['"a \\"b\\" \\\\c" <ann@x.example>', 'a "b" \\c'], ['Jörg  Müller<ann@x.example>', 'Jörg Müller'], ['=?UTF-8?Q?J=C3=B6rg?= =?UTF-8?B?IE3DvGxsZXI=?= <ann@x.example>', 'Jörg Müller'],
    ['J. R. O\'Neil & Co! <ann@x.example>', 'J. R. O\'Neil & Co!'], ['"" <ann@x.example>', undefined], ['"ann@x.example" <ann@x.example>', 'ann@x.example'],
  ])('reads %j', (text, name) => {
    expect(named(text)).toEqual([name, 'ann@x.example']);
  });

  test('reads { email, name } to the same mailbox as the quoted text (property)', () => {
    fc.assert(fc.property(emails(), displayNames(), (email, name) => {
      const quoted = `"${name.replaceAll(/["\\]/g, '\\$&')}" <${email}>`;
      expect(parseMailbox(quoted)).toEqual(parseMailbox({ email, name }));
      expect(parseMailbox(quoted)).toMatchObject({ email, displayName: name });
    }));
  });

  test.each([
    ['Ann (Sales) <ann@x.example>', 'address_comment'], ['Smith, Ann <ann@x.example>', 'address_several'], ['Team: <ann@x.example>', 'address_group'], ['ann@x.example <ann@x.example>', 'address_several'],
    ['Ann <ann@x.example', 'address_malformed'], ['"Ann <ann@x.example>', 'address_malformed'], ['Ann <ann@x.example> (home)', 'address_comment'], ['Ann <ann@x.example>, Bob <bob@x.example>', 'address_several'],
    ['=?utf-8?q?a=0d=0aBcc=3A_e?= <ann@x.example>', 'display_name'], ['An\u202en <ann@x.example>', 'display_name'], [`${'n'.repeat(257)} <ann@x.example>`, 'display_name'],
  ])('refuses %j as %s', (text, code) => {
    expect(() => parseMailbox(text)).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ code })] }));
  });

  test('sec-A20 refuses a line break or control in a name', () => {
    for (const sign of ['\r\n', '\n', '\r', '\u2028', '\u0085', '\u0000']) expect(() => parseMailbox({ email: 'ann@x.example', name: `Hi${sign}Bcc: e@e.example` })).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(parseMailbox({ email: 'ann@x.example', name: 'Hi%0d%0a\u560a' }).displayName).toBe('Hi%0d%0a\u560a');
  });
});

describe('parseMailboxList', () => {
  test('reads back any list that it is given, commas in names and all (property)', () => {
    fc.assert(fc.property(fc.array(fc.tuple(emails(), displayNames()), { minLength: 1, maxLength: 8 }), (entries) => {
      const text = entries.map(([email, name]) => `"${name.replaceAll(/["\\]/g, '\\$&')}" <${email}>`).join(', ');
      expect(parseMailboxList(text).map(({ email, displayName }) => [email, displayName])).toEqual(entries);
    }));
  });

  test('an empty group hides its recipients; every other group is refused', () => {
    expect(parseMailboxList('undisclosed-recipients:;')).toEqual([]);
    expect(() => parseMailboxList('Team: a@x.example, b@x.example;')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => parseMailboxList('a@x.example,, b@x.example')).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  test('refuses more than max', () => {
    const list = Array.from({ length: 51 }, (_, i) => `a${String(i)}@x.example`).join(', ');
    expect(parseMailboxList(list)).toHaveLength(51);
    expect(() => parseMailboxList(list, { max: 50 })).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});
