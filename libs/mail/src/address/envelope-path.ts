import { type Address, type AddressOptions } from './address.js';
import { parseAddress } from './parse-address.js';

/**
 * The path of MAIL FROM or RCPT TO, with or without its angle brackets: an {@link Address}, or null for the null reverse path `<>` (the
 * caller refuses null at RCPT). Parameters must be cut off before. Throws as {@link parseAddress}. Source: RFC 5321 §4.1.2, security.md A9.
 */
export function parseEnvelopePath(path: string, options: AddressOptions = {}): Address | null {
  const inner = path.startsWith('<') && path.endsWith('>') ? path.slice(1, -1) : path;
  return inner === '' ? null : parseAddress(inner, options);
}
