import { encodeBase32, type Clock, type IdSource, type Random } from '@nexoramail/kernel';
import { recordsOf, returnPathDomain, type RecordTargets } from '../domain/dns-records.js';
import { domainName, domainTaken, type SenderDomain } from '../domain/sender-domain.js';
import type { DkimKeys } from './ports/dkim-keys.js';
import type { DomainLimits } from './ports/domain-limits.js';
import type { DomainStore } from './ports/domain-store.js';

/** A new domain is looked at by itself after a minute. */
const FIRST_CHECK_MS = 60_000;

/** Adds a domain: its signing key is made, and the records to publish are told. The unique indexes decide who has a name, not the look before. */
export class CreateDomainHandler {
  constructor(
    private readonly store: DomainStore,
    private readonly keys: DkimKeys,
    private readonly limits: DomainLimits,
    private readonly targets: RecordTargets,
    private readonly ids: IdSource,
    private readonly random: Random,
    private readonly clock: Clock,
  ) {}

  async execute(accountId: string, text: string): Promise<SenderDomain> {
    const name = domainName(text);
    const limit = await this.limits.of(accountId);
    const nameState = await this.store.nameState(accountId, name); // spares the key of a domain that cannot be
    if (nameState !== 'free') throw domainTaken(name, nameState === 'own' ? 'this' : 'other');

    const id = this.ids.uuid();
    // One of its own per attempt to add a name: two accounts that both try never need the same DNS name.
    const selector = `nxm-${encodeBase32(this.random.bytes(5))}`;
    const dkimValue = await this.keys.ensure({ accountId, domainId: id, domain: name, selector });
    const createdAt = this.clock.now();
    const domain: SenderDomain = {
      id, accountId, name, createdAt,
      state: 'pending',
      version: 1,
      selectors: [selector],
      returnPathDomain: returnPathDomain(name),
      verifiedAt: undefined,
      degradedAt: undefined,
      records: recordsOf(name, selector, dkimValue, this.targets),
    };
    await this.store.create(domain, limit, new Date(createdAt.getTime() + FIRST_CHECK_MS));
    return domain;
  }
}
