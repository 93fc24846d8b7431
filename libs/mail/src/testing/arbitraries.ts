import fc from 'fast-check';

const ATEXT = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#$&\'*+/=?^_`{|}~-'];
const LDH = [...'abcdefghijklmnopqrstuvwxyz0123456789'];

const atom = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...ATEXT), minLength: 1, maxLength });

/** A dot-atom local part of at most 64 octets that holds no encoded-word. */
export const localParts = (): fc.Arbitrary<string> =>
  fc.array(atom(12), { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join('.')).filter((local) => !local.includes('=?'));

const label = (): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...LDH, '-'), minLength: 1, maxLength: 20 }).filter((text) => !text.startsWith('-') && !text.endsWith('-') && !text.startsWith('xn--'));

/** An ASCII domain in canonical form. */
export const domains = (): fc.Arbitrary<string> =>
  fc.tuple(fc.array(label(), { minLength: 1, maxLength: 3 }), fc.constantFrom('example', 'test', 'com', 'co.uk')).map(([labels, top]) => [...labels, top].join('.'));

/** A canonical address. */
export const emails = (): fc.Arbitrary<string> => fc.tuple(localParts(), domains()).map(([local, domain]) => `${local}@${domain}`);

/** A name as people have them: any script, quotes and commas too, one line, no space at its ends, no run of spaces. */
export const displayNames = (): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'abcXYZ .,"\\()<>@:;\'-=?_', 'ä', 'ß', 'é', 'Ж', '田', '中', '😀', 'ا'), minLength: 1, maxLength: 60 })
    .map((text) => text.replaceAll(/\s+/g, ' ').trim()).filter((text) => text !== '');

/** A header text of one line: words of any length and script. */
export const headerTexts = (): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.string({ unit: fc.constantFrom(...'abcdefgh0123=?_<>"', 'ü', '田', '😀'), minLength: 1, maxLength: 30 }), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 90 })), { maxLength: 12 })
    .map((words) => words.join(' ').replaceAll(/\s+/g, ' ').trim());

/** A body text with every kind of line end, control and script that a customer could send. */
export const bodyTexts = (): fc.Arbitrary<string> =>
  fc.array(fc.oneof(
    fc.string({ unit: fc.constantFrom(...'abc =.', '\t', '\r', '\n', '\r\n', '\u0000', 'ä', '田', '😀', 'From ', '--', '\r\n.\r\n', '\n.\n'), maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('x', 'y', ' '), minLength: 70, maxLength: 200 }),
    fc.constantFrom('\r\n', '\n', '\n.\r\n', '\r.\r', ' \r\n'),
  ), { maxLength: 12 }).map((parts) => parts.join(''));
