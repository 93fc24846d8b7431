import { domainToASCII, domainToUnicode } from 'node:url';
import { addressFault, type AddressOptions } from './address.js';

/** Characters a domain may be typed with before mapping; far above any name of 253 octets, far below what would cost time. */
const MAX_TYPED = 1024;
const LDH = /^[a-z0-9.-]+$/;
const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex -- the question is exactly "any ASCII"
const ASCII_OUTSIDE_LDH = /[\x00-\x2c\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]/; // eslint-disable-line no-control-regex
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

// IDNA2008 (RFC 5892) is narrower than what UTS 46 lets pass: letters, marks and digits, no symbols; a few only in their context.
// eslint-disable-next-line no-misleading-character-class
const PVALID = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u00b7\u0375\u05f3\u05f4\u200c\u200d\u30fb-]+$/u;
// eslint-disable-next-line no-misleading-character-class
const DISALLOWED = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff]/u;
const CONTEXT_BROKEN = [
  /(?<!l)\u00b7|\u00b7(?!l)/u,
  /\u0375(?!\p{Script=Greek})/u,
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
];
const KANA_OR_HAN = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

function labelsAreSound(domain: string): boolean {
  if (domain.length > 253 || !LDH.test(domain)) return false;
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || /^(?:\d+|0x[0-9a-f]*)$/.test(last)) return false; // an address literal in disguise
  return labels.every((label) => label.length > 0 && label.length <= 63 && !label.startsWith('-') && !label.endsWith('-') && aLabelIsSound(label));
}

/** An A-label must decode, hold only IDNA2008 characters, and be the one spelling of what it decodes to. */
function aLabelIsSound(label: string): boolean {
  if (!label.startsWith('xn--')) return true;
  const decoded = domainToUnicode(`${label}.example`).slice(0, -'.example'.length);
  if (ASCII.test(decoded) || domainToASCII(decoded) !== label) return false;
  if (!PVALID.test(decoded) || DISALLOWED.test(decoded) || CONTEXT_BROKEN.some((rule) => rule.test(decoded))) return false;
  return !decoded.includes('\u30fb') || KANA_OR_HAN.test(decoded.replaceAll('\u30fb', ''));
}

/**
 * A domain name as the whole product writes it: UTS 46 non-transitional mapping, IDNA2008 characters, lower-case A-labels, no trailing
 * dot, 2 labels or more, ≤253 octets. Throws `validation_failed` (`address_domain`). Source: security.md A24, A25, A29.
 */
export function canonicalDomain(text: string, options: AddressOptions = {}): string {
  if (text.length > MAX_TYPED) throw addressFault('address_too_long', options);
  let domain: string;
  if (ASCII.test(text)) {
    domain = text.toLowerCase();
  } else {
    if (HIDDEN.test(text)) throw addressFault('address_control_character', options);
    if (ASCII_OUTSIDE_LDH.test(text)) throw addressFault('address_domain', options);
    domain = domainToASCII(text);
  }
  if (domain.endsWith('.')) domain = domain.slice(0, -1);
  if (domain.length > 253) throw addressFault('address_too_long', options);
  if (!labelsAreSound(domain)) throw addressFault('address_domain', options);
  return domain;
}
