import { AppError } from '@nexoramail/kernel';
import { encodeWords } from './encode-word.js';

/** RFC 5322 §2.1.1: lines should have at most 78 characters, and must have at most 998, without CRLF. */
const LINE = 78;
const MAX_LINE = 998;
/** RFC 2047 §2: a line with an encoded-word has at most 76, and so the word at most 75. */
const ENCODED_LINE = 76;
const MAX_WORD = 75;
/** Less room than this on a line is not worth a word: it goes to the next line. */
const LEAST_WORD = 30;

const PRINTABLE = /^[\x20-\x7e]*$/;
// Tab is white space that folding may touch; every other control could end the field at some reader.
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]/; // eslint-disable-line no-control-regex
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]{1,76}$/;
const ATOMS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** A mailbox as it stands in an address field. `email` must be the canonical form of `parseAddress`. */
export interface HeaderMailbox {
  readonly email: string;
  readonly displayName?: string | undefined;
}

/** The refusal of a header part; `pointer` is the customer's field. It never repeats the value. */
export function headerFault(pointer: string, message: string): AppError {
  return new AppError('validation_failed', message, { errors: [{ pointer, code: 'header_value', message }] });
}

/** Refuses CR, LF, NUL and the other controls (tab apart) in anything that goes into a header. Source: security.md A3, A20. */
export function checkHeaderText(text: string, pointer: string): void {
  if (FORBIDDEN.test(text)) throw headerFault(pointer, 'A line break or control character cannot stand here. Remove it.');
}

/**
 * An unstructured field (Subject, custom ones) with its CRLF: folded at 78 where a single space allows it, encoded-words when the text is
 * not plain ASCII, would lose spaces, holds a line over 998, or could be mistaken for an encoded-word.
 */
export function unstructuredField(name: string, value: string, pointer = ''): string {
  checkFieldName(name, pointer);
  checkHeaderText(value, pointer);
  const plain = PRINTABLE.test(value) && !value.includes('=?') && value.trim() === value;
  if (plain && name.length + 2 + value.length <= LINE) return `${name}: ${value}\r\n`;
  const folded = plain ? foldPlain(`${name}: `, value) : undefined;
  if (folded !== undefined) return `${folded}\r\n`;
  const room = ENCODED_LINE - name.length - 2;
  const start = room < LEAST_WORD ? `${name}:\r\n ` : `${name}: `;
  return `${start}${encodeWords(value, room < LEAST_WORD ? MAX_WORD : room).join('\r\n ')}\r\n`;
}

/** An address field with its CRLF: names quoted or encoded, folded between mailboxes and between name and address. Never empty. */
export function addressField(name: string, mailboxes: readonly HeaderMailbox[], pointer = ''): string {
  let out = `${name}:`;
  let column = out.length;
  let fresh = true; // nothing on the line yet: folding would gain nothing
  let hasWord = false;
  mailboxes.forEach((mailbox, index) => {
    const comma = index < mailboxes.length - 1 ? ',' : '';
    for (const piece of mailboxPieces(mailbox, pointer, comma, ENCODED_LINE - column - 1)) {
      const isWord = piece.startsWith('=?');
      if (!fresh && column + 1 + piece.length > (isWord || hasWord ? ENCODED_LINE : LINE)) {
        out += `\r\n ${piece}`;
        column = 1 + piece.length;
        hasWord = isWord;
      } else {
        out += ` ${piece}`;
        column += 1 + piece.length;
        hasWord ||= isWord;
      }
      fresh = false;
    }
  });
  return `${out}\r\n`;
}

/** A structured field of ready tokens (message ids, URLs in brackets): folded between them, never inside. A token has at most 990 octets. */
export function tokenField(name: string, tokens: readonly string[], separator = ''): string {
  let out = `${name}:`;
  let column = out.length;
  tokens.forEach((token, index) => {
    const piece = index < tokens.length - 1 ? token + separator : token;
    if (piece.length > 990) throw headerFault('', 'A value in a header is longer than 990 characters.');
    const fold = column + 1 + piece.length > LINE && (column > name.length + 1 || name.length + 2 + piece.length > MAX_LINE);
    out += fold ? `\r\n ${piece}` : ` ${piece}`;
    column = fold ? 1 + piece.length : column + 1 + piece.length;
  });
  return `${out}\r\n`;
}

/** A name per RFC 5322 §3.6.8, short enough that every field can be folded. */
export function checkFieldName(name: string, pointer: string): void {
  if (!FIELD_NAME.test(name)) throw headerFault(pointer, 'A header name has 1 to 76 printable ASCII characters without space and colon.');
}

/** Pieces of a mailbox that folding may separate. */
function mailboxPieces({ email, displayName }: HeaderMailbox, pointer: string, comma: string, room: number): string[] {
  checkHeaderText(email, pointer);
  if (displayName === undefined || displayName === '') return [email + comma];
  checkHeaderText(displayName, pointer);
  const address = `<${email}>${comma}`;
  const encoded = !PRINTABLE.test(displayName) || displayName.includes('=?') || displayName.length > 60 || /^ | $| {2}/.test(displayName);
  if (encoded) return [...encodeWords(displayName, room < LEAST_WORD ? MAX_WORD : room), address];
  if (ATOMS.test(displayName)) return [...displayName.split(' '), address];
  return [`"${displayName.replaceAll(/["\\]/g, '\\$&')}"`, address];
}

/** Folds at single spaces: some readers collapse runs, so a run is never broken. Undefined when a line would pass 998. */
function foldPlain(start: string, value: string): string | undefined {
  let out = start;
  let column = start.length;
  let last = 0;
  for (const match of value.matchAll(/(?<! ) (?! )|$/g)) {
    const word = value.slice(last, match.index);
    if (last > 0 && column + 1 + word.length > LINE) {
      out += `\r\n ${word}`;
      column = 1 + word.length;
    } else {
      out += last > 0 ? ` ${word}` : word;
      column += (last > 0 ? 1 : 0) + word.length;
    }
    if (column > MAX_LINE) return undefined;
    last = match.index + 1;
  }
  return out;
}
