import { addressFault, type Address, type AddressOptions } from './address.js';
import { canonicalDomain } from './domain.js';

/** Longer texts are refused unread, so no input costs more than a few microseconds. Room for a domain typed in another script. */
const MAX_TYPED = 1024;
/** RFC 5321 §4.5.3.1: local part 64 octets; the path with its brackets 256, so the address 254. */
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

const PLAIN = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;
const PLAIN_UTF8 = /^[A-Za-z0-9#$&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;
const QUOTABLE = /^[A-Za-z0-9#$&'*+/=?^_`{|}~.\u0080-\u{10ffff}-]*$/u;
const NON_ASCII = /[^\x00-\x7f]/; // eslint-disable-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/; // eslint-disable-line no-control-regex
// Everything that is invisible, unassigned, private, a lone surrogate or a space: two addresses that look alike must be alike.
const UNSEEN = /[\p{C}\p{Z}]/u;

/**
 * The one address parser of the product (REST, SMTP envelope, suppression, headers): exactly one addr-spec of RFC 5321, in canonical form.
 * Refuses comments, groups, source routes, lists, %-hack, encoded-words, controls, bidi marks; quotes only where they change nothing but
 * dots. Throws `validation_failed` with the rule in `errors[0].code`. Linear time. Source: security.md S3, S20, A22–A29.
 */
export function parseAddress(text: string, options: AddressOptions = {}): Address {
  if (text.length > MAX_TYPED) throw addressFault('address_too_long', options);
  if (CONTROL.test(text)) throw addressFault('address_control_character', options);
  const at = text.startsWith('"') ? endOfQuoted(text, options) : text.indexOf('@');
  if (at < 0 || text.charAt(at) !== '@') throw addressFault(shapeFault(text), options);
  const written = text.slice(0, at);
  const localPart = written.startsWith('"') ? unquoted(written, options) : written;
  const typedDomain = text.slice(at + 1);
  checkLocal(localPart, text, options);
  const needsSmtpUtf8 = NON_ASCII.test(localPart);
  if (needsSmtpUtf8 && options.smtputf8 === false) throw addressFault('address_needs_smtputf8', options);
  if (typedDomain.includes('@') || /[<>()[\],;:"\\ ]/.test(typedDomain)) throw addressFault(shapeFault(typedDomain), options);
  const domain = canonicalDomain(typedDomain, options);
  const email = `${localPart}@${domain}`;
  if (octets(email) > MAX_ADDRESS) throw addressFault('address_too_long', options);
  return { email, localPart, domain, needsSmtpUtf8 };
}

/** Index behind the closing quote, or a refusal. */
function endOfQuoted(text: string, options: AddressOptions): number {
  for (let i = 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) return i + 1;
  }
  throw addressFault('address_malformed', options);
}

/**
 * The canonical spelling of a quoted local part: bare when the quotes are not needed. Content that other programs read differently
 * (an @, a space, a backslash that matters) is refused everywhere alike; dots in odd places are real addresses of old mobile carriers.
 */
function unquoted(quoted: string, options: AddressOptions): string {
  const content = quoted.slice(1, -1).replaceAll(/\\(.)/gsu, '$1');
  if (content === '' || !QUOTABLE.test(content)) throw addressFault('address_quoted', options);
  return (NON_ASCII.test(content) ? PLAIN_UTF8 : PLAIN).test(content) ? content : `"${content}"`;
}

function checkLocal(localPart: string, text: string, options: AddressOptions): void {
  if (octets(localPart) > MAX_LOCAL) throw addressFault('address_too_long', options);
  if (localPart.includes('=?')) throw addressFault('address_encoded_word', options);
  if (localPart.startsWith('"')) {
    if (UNSEEN.test(localPart)) throw addressFault('address_control_character', options);
    return;
  }
  if (PLAIN.test(localPart)) return;
  if (/[%!]/.test(localPart)) throw addressFault('address_percent_hack', options);
  if (NON_ASCII.test(localPart) && UNSEEN.test(localPart)) throw addressFault('address_control_character', options);
  if (!PLAIN_UTF8.test(localPart)) throw addressFault(localPart === '' && text.includes(':') ? 'address_source_route' : shapeFault(text), options);
}

/** Names the mistake in a text that is no addr-spec, for the message only. */
function shapeFault(text: string): Parameters<typeof addressFault>[0] {
  if (text.includes('=?')) return 'address_encoded_word';
  if (/[()]/.test(text)) return 'address_comment';
  if (/^<?@/.test(text)) return 'address_source_route';
  if (/[:;]/.test(text)) return 'address_group';
  if (text.includes(',') || text.indexOf('@') !== text.lastIndexOf('@')) return 'address_several';
  return 'address_malformed';
}

function octets(text: string): number {
  return Buffer.byteLength(text);
}
