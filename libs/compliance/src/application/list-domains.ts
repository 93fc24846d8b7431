import type { SenderDomain } from '../domain/sender-domain.js';
import type { DomainStore } from './ports/domain-store.js';
import type { PageOf } from './ports/page.js';

/** Domains of the account, newest first. */
export class ListDomainsHandler {
  constructor(private readonly store: DomainStore) {}

  execute(accountId: string, afterId: string | undefined, limit: number): Promise<PageOf<SenderDomain>> {
    return this.store.list(accountId, afterId, limit);
  }
}
