import { noSuchDomain, type SenderDomain } from '../domain/sender-domain.js';
import type { DomainStore } from './ports/domain-store.js';

/** One domain of the account; another account's is `not_found`. */
export class GetDomainHandler {
  constructor(private readonly store: DomainStore) {}

  async execute(accountId: string, domainId: string): Promise<SenderDomain> {
    const domain = await this.store.find(accountId, domainId);
    if (!domain) throw noSuchDomain();
    return domain;
  }
}
