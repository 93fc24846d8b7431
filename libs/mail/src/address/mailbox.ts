import { decodeEncodedWords } from '../mime/decode-word.js';
import { addressFault, type AddressOptions, type Mailbox } from './address.js';
import { parseAddress } from './parse-address.js';

const MAX_NAME = 256;
/** Characters of one mailbox text: an address and a name, the name perhaps as encoded-words (each character up to 12 of them). */
const MAX_MAILBOX = 4096;
/** Characters of a list: 50 recipients and more, and never enough to hold the loop. */
const MAX_LIST = 262_144;
// C0, DEL, C1, line and paragraph separators, bidi marks, overrides and isolates, lone surrogates: a name is one visible line.
const NAME_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
// A list that hides its recipients is one empty group (RFC 5322 §3.4); no other group is taken.
const EMPTY_GROUP = /^[^"<>@,;:()\\]*:[ \t]*;$/;

/**
 * One mailbox as customers write it: `a@x.example`, `Ann <a@x.example>`, `"Smith, Ann" <a@x.example>` or `{ email, name }`. The name comes
 * back decoded, without quotes, spaces collapsed. Throws `validation_failed`; faults as {@link parseAddress} plus `display_name`.
 */
export function parseMailbox(input: string | { readonly email: string; readonly name?: string | undefined }, options: AddressOptions = {}): Mailbox {
  if (typeof input !== 'string') return withName(parseAddress(input.email.trim(), options), input.name ?? '', options);
  if (input.length > MAX_MAILBOX) throw addressFault('address_too_long', options);
  const text = input.trim();
  if (!/[<"]/.test(text)) return parseAddress(text, options);
  const open = findOutsideQuotes(text, 0, '<', options);
  if (open < 0) return parseAddress(text, options);
  const close = findOutsideQuotes(text, open + 1, '>', options);
  if (close < 0) throw addressFault('address_malformed', options);
  const after = text.slice(close + 1).trim();
  if (after !== '') throw addressFault(after.startsWith('(') ? 'address_comment' : 'address_several', options);
  return withName(parseAddress(text.slice(open + 1, close), options), phrase(text.slice(0, open).trim(), options), options);
}

/**
 * The mailboxes of a header field's unfolded value, separated by commas. One empty group (`undisclosed-recipients:;`) gives none; every
 * other group, comment, empty entry or route is refused. At most `max` (default 1,000). Linear time. Source: security.md A27, A28.
 */
export function parseMailboxList(text: string, options: AddressOptions & { readonly max?: number } = {}): Mailbox[] {
  if (text.length > MAX_LIST) throw addressFault('address_too_long', options);
  const list = text.trim();
  if (EMPTY_GROUP.test(list)) return [];
  const max = options.max ?? 1000;
  const found: Mailbox[] = [];
  for (let start = 0; start <= list.length; ) {
    if (found.length === max) throw addressFault('address_several', options);
    const comma = findOutsideQuotes(list, start, ',', options);
    const end = comma < 0 ? list.length : comma;
    found.push(parseMailbox(list.slice(start, end), options));
    start = end + 1;
  }
  return found;
}

/** Index of `wanted` outside double quotes and (for a comma) outside angle brackets, or -1. */
function findOutsideQuotes(text: string, from: number, wanted: '<' | '>' | ',', options: AddressOptions): number {
  let quoted = false;
  let inAngle = false;
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i);
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') {
      quoted = true;
    } else if (c === wanted && !inAngle) {
      return i;
    } else if (wanted === ',') {
      if (c === '<') inAngle = true;
      else if (c === '>') inAngle = false;
    }
  }
  if (quoted) throw addressFault('address_malformed', options);
  return -1;
}

/** The text of a phrase: quoted-strings and words. What must stand in quotes is refused outside them, naming the reason. */
function phrase(text: string, options: AddressOptions): string {
  if (text === '') return '';
  let out = '';
  let bare = '';
  const flush = (): void => {
    out += decodeEncodedWords(bare);
    bare = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '"') {
      flush();
      for (i++; i < text.length && text.charAt(i) !== '"'; i++) {
        if (text.charAt(i) === '\\') i++;
        out += text.charAt(i);
      }
    } else {
      const code = UNQUOTED_SPECIALS[c];
      if (code !== undefined) throw addressFault(code, options);
      bare += c;
    }
  }
  flush();
  return out;
}

const UNQUOTED_SPECIALS: Readonly<Record<string, Parameters<typeof addressFault>[0]>> = {
  '(': 'address_comment', ')': 'address_comment', ':': 'address_group', ';': 'address_group', ',': 'address_several',
  '@': 'address_several', '>': 'address_malformed', '[': 'address_malformed', ']': 'address_malformed', '\\': 'address_malformed',
};

function withName(address: Mailbox, name: string, options: AddressOptions): Mailbox {
  if (name.length > 4 * MAX_NAME || NAME_CONTROL.test(name.replaceAll('\t', ' '))) throw addressFault('display_name', options);
  const displayName = name.replaceAll(/\s+/gu, ' ').trim();
  if (displayName.length > MAX_NAME) throw addressFault('display_name', options);
  return displayName === '' ? address : { ...address, displayName };
}
