import { createHmac } from 'node:crypto';
import { secretKey } from '@nexoramail/kernel';
import type { Address } from './address.js';
import { parseAddress } from './parse-address.js';
import { TAG_PROVIDERS, type TagProvider } from './tag-providers.data.js';

const PROVIDER_OF = new Map<string, TagProvider>(TAG_PROVIDERS.flatMap((provider) => provider.domains.map((domain) => [domain, provider] as const)));

/**
 * The form in which two spellings of one mailbox are equal: local part lower-case and NFKC (full-width and composed forms alike), without
 * quotes, domain canonical, `+label` dropped at providers known to have labels. For comparing only, never for delivery. Must not change:
 * stored tokens are made of it. Throws as {@link parseAddress}. Source: security.md A29.
 */
export function addressKey(email: string | Address): string {
  const { localPart, domain } = typeof email === 'string' ? parseAddress(email) : email;
  const bare = localPart.startsWith('"') ? localPart.slice(1, -1) : localPart;
  // Lower-casing can leave a text that is no longer normalised (İ), hence the second pass.
  const folded = bare.normalize('NFKC').toLowerCase().normalize('NFKC');
  const provider = PROVIDER_OF.get(domain);
  if (provider === undefined) return `${folded}@${domain}`;
  const cut = folded.indexOf(provider.tag);
  const untagged = cut > 0 ? folded.slice(0, cut) : folded;
  const local = provider.dotless ? untagged.replaceAll('.', '') : untagged;
  return `${local}@${provider.oneNameSpace ? (provider.domains[0] ?? domain) : domain}`;
}

/**
 * Ten bytes that stand for a mailbox in tokens, suppression and late reports: HMAC-SHA256 of {@link addressKey} under the address-token
 * key (never rotated), cut to 80 bits. One way: the address cannot be read from it without the key. Source: flows.md §2, §6.
 */
export function addressToken(key: Uint8Array, email: string | Address): Uint8Array {
  return Uint8Array.from(createHmac('sha256', secretKey(key)).update(addressKey(email)).digest().subarray(0, 10));
}
