import { noSuchDomain, type SenderDomain } from '../domain/sender-domain.js';
import type { DomainChecker } from './check-domain.js';
import type { DomainStore } from './ports/domain-store.js';

/** Checks a domain's records now. */
export class VerifyDomainHandler {
  constructor(private readonly store: DomainStore, private readonly checker: DomainChecker) {}

  async execute(accountId: string, domainId: string): Promise<SenderDomain> {
    const domain = await this.store.find(accountId, domainId);
    const checked = domain && (await this.checker.check(domain));
    if (!checked) throw noSuchDomain();
    return checked;
  }
}
