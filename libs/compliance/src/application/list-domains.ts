import type { Page } from '@nexoramail/kernel';
import type { SenderDomain } from '../domain/sender-domain.js';
import type { DomainStore } from './ports/domain-store.js';

/** Domains of the account, newest first. */
export class ListDomainsHandler {
  constructor(private readonly store: DomainStore) {}

  execute(accountId: string, afterId: string | undefined, limit: number): Promise<Page<SenderDomain>> {
    return this.store.list(accountId, afterId, limit);
  }
}
