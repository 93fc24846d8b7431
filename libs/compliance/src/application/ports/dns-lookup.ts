import type { DnsAnswer } from '../../domain/check-record.js';

/** Asks the DNS, never the system's resolver, with a deadline of its own. Never rejects: what fails is an answer. */
export interface DnsLookup {
  txt(host: string): Promise<DnsAnswer>;
  cname(host: string): Promise<DnsAnswer>;
}
