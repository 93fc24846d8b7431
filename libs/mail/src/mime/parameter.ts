import { checkHeaderText } from './header-field.js';

// RFC 2231 attribute-char: what may stand in an extended value without percent-encoding.
const ATTRIBUTE_SAFE = /[A-Za-z0-9!#$&+.^_`{|}~-]/;
/** Characters of one section, so that ` filename*10*=…;` stays under 78. */
const SECTION = 52;

/**
 * A MIME parameter, as sections to be put on lines of their own: `name=token`, `name="quoted"`, continuations for a long value
 * (RFC 2231 §3) and UTF-8 percent-encoding for a non-ASCII one (§4), never split inside a character.
 */
export function parameterSections(name: string, value: string, pointer = ''): string[] {
  checkHeaderText(value, pointer);
  const text = value.toWellFormed();
  if (!/^[\x20-\x7e]*$/.test(text) || text.includes('=?')) return extended(name, text);
  if (/^[A-Za-z0-9!#$&+.^_`{|}~-]+$/.test(text) && text.length <= SECTION) return [`${name}=${text}`];
  if (text.length <= SECTION) return [`${name}="${escapeQuoted(text)}"`];
  return extended(name, text);
}

function extended(name: string, text: string): string[] {
  const sections: string[] = [];
  let section = '';
  const push = (): void => {
    sections.push(section);
    section = '';
  };
  for (const character of text) {
    const encoded = ATTRIBUTE_SAFE.test(character) && character.length === 1 ? character : percent(character);
    if (section.length + encoded.length > SECTION) push();
    section += encoded;
  }
  push();
  if (sections.length === 1) return [`${name}*=UTF-8''${sections[0] ?? ''}`];
  return sections.map((part, index) => `${name}*${String(index)}*=${index === 0 ? "UTF-8''" : ''}${part}`);
}

function percent(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}

function escapeQuoted(text: string): string {
  return text.replaceAll(/["\\]/g, '\\$&');
}
