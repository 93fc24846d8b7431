import { createHash } from 'node:crypto';

const MAX_PLAIN = 200;

/** The key of an MX site: its hosts in lower case, sorted. Domains with the same hosts share connections and limits. A long one ends in a hash. */
export function siteKey(hosts: readonly string[]): string {
  const set = [...new Set(hosts.map((host) => host.toLowerCase().replace(/\.$/, '')))].sort();
  const plain = set.join(',');
  if (plain.length <= MAX_PLAIN) return plain;
  return `${plain.slice(0, 150)}#${createHash('sha256').update(plain).digest('hex').slice(0, 32)}`;
}
