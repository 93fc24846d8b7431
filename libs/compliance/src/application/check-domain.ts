import type { Clock } from '@nexoramail/kernel';
import { checkRecord } from '../domain/check-record.js';
import type { DomainRecord } from '../domain/dns-records.js';
import type { SenderDomain } from '../domain/sender-domain.js';
import type { DnsLookup } from './ports/dns-lookup.js';
import type { DomainStore } from './ports/domain-store.js';

/** Looks at a domain's records and stores what it saw: shared by the customer's button and the job. */
export class DomainChecker {
  constructor(private readonly store: DomainStore, private readonly dns: DnsLookup, private readonly clock: Clock) {}

  /** The domain as it is now; undefined when it was deleted meanwhile. `conflict` when another account verified the name. */
  async check(domain: SenderDomain): Promise<SenderDomain | undefined> {
    const answers = await Promise.all(domain.records.map(({ type, host }) => (type === 'TXT' ? this.dns.txt(host) : this.dns.cname(host))));
    const at = this.clock.now();
    const records = domain.records.map((record, index): DomainRecord => checkRecord(record, answers[index] ?? { kind: 'failed', reason: 'no answer' }, at));
    return this.store.applyCheck(domain.id, records, at);
  }
}
