import type { Mailbox } from './address.js';

// RFC 5322 §3.2.3: words of these need no quotes. Letters of any script are shown as they are (RFC 6532).
const PLAIN = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?: [\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;

/** A mailbox as people write it: `Ann <a@x.example>`, the name in quotes where it must be, the bare address without a name. For display, not for a header on the wire. */
export function formatMailbox({ email, displayName }: Pick<Mailbox, 'email' | 'displayName'>): string {
  if (displayName === undefined || displayName === '') return email;
  return `${PLAIN.test(displayName) ? displayName : `"${displayName.replaceAll(/["\\]/g, '\\$&')}"`} <${email}>`;
}
