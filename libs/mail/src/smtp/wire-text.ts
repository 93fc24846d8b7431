import { isUtf8 } from 'node:buffer';

// C0, DEL, C1, direction marks and overrides, line and paragraph separators, byte order mark
// eslint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

const escape = (char: string): string => {
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/**
 * Text from a foreign server, safe to store and to show: control and direction characters as `\x00` or `\u202e`,
 * bytes that are not UTF-8 as `\xff`, the rest as it is (`sec-A16`).
 */
export function encodeWireText(bytes: Buffer): string {
  const latin = bytes.toString('latin1');
  if (PRINTABLE_ASCII.test(latin)) return latin;
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(UNSAFE, escape);
  // eslint-disable-next-line no-control-regex
  return latin.replace(/[\u0000-\u001f\u007f-\u00ff]/g, escape);
}
