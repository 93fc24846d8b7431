const PREFIX_B = '=?UTF-8?B?';
const PREFIX_Q = '=?UTF-8?Q?';
const FRAME = PREFIX_B.length + 2; // with the closing ?=
/** RFC 2047 §2: an encoded-word has at most 75 characters. */
const MAX_WORD = 75;

// RFC 2047 §5 (3): the set that may stand bare in a phrase, which is the strictest place.
const Q_SAFE = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/');

/**
 * A text as RFC 2047 encoded-words (UTF-8), each ≤75 characters and of whole characters, B or Q, whichever is shorter. `firstRoom` is the
 * number of characters left on the line that the first word starts on. To be joined by folding white space, which decoders drop.
 */
export function encodeWords(text: string, firstRoom: number): string[] {
  const wellFormed = text.toWellFormed();
  const characters = [...wellFormed].map((character) => ({ bytes: Buffer.from(character), q: quoted(character) }));
  const qLength = characters.reduce((sum, { q }) => sum + q.length, 0);
  const useB = Math.ceil((Buffer.byteLength(wellFormed) * 4) / 3) < qLength;
  const words: string[] = [];
  let room = Math.max(Math.min(firstRoom, MAX_WORD) - FRAME, 12); // 12: room for any one character in Q, so each word makes progress
  let bytes: Buffer[] = [];
  let size = 0;
  let q = '';
  const flush = (): void => {
    words.push(useB ? `${PREFIX_B}${Buffer.concat(bytes).toString('base64')}?=` : `${PREFIX_Q}${q}?=`);
    bytes = [];
    size = 0;
    q = '';
    room = MAX_WORD - FRAME;
  };
  for (const character of characters) {
    const next = useB ? Math.ceil((size + character.bytes.length) / 3) * 4 : q.length + character.q.length;
    if (next > room && size > 0) flush();
    bytes.push(character.bytes);
    size += character.bytes.length;
    q += character.q;
  }
  if (size > 0) flush();
  return words;
}

function quoted(character: string): string {
  if (Q_SAFE.has(character)) return character;
  if (character === ' ') return '_';
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '=$&');
}
