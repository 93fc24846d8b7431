import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatMailbox, parseMailbox } from '../index.js';

test.each([
  [undefined, 'a@x.example'],
  ['Demo Shop', 'Demo Shop <a@x.example>'],
  ['Ann Müller', 'Ann Müller <a@x.example>'],
  ['Smith, Ann', '"Smith, Ann" <a@x.example>'],
  ['Ann "A" \\ B', '"Ann \\"A\\" \\\\ B" <a@x.example>'],
  ['Dr. Who', '"Dr. Who" <a@x.example>'],
])('the name %s is written as %s', (displayName, text) => {
  expect(formatMailbox({ email: 'a@x.example', ...(displayName !== undefined && { displayName }) })).toBe(text);
});

test('whatever name is written reads back as itself', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab Zé."\\,;:<>()@[]-'), minLength: 1, maxLength: 20 }), (name) => {
    const displayName = name.replaceAll(/\s+/g, ' ').trim();
    fc.pre(displayName !== '');
    expect(parseMailbox(formatMailbox({ email: 'a@x.example', displayName }))).toMatchObject({ email: 'a@x.example', displayName });
  }));
});
