import type { Clock } from '@nexoramail/kernel';
import { noSuchDomain } from '../domain/sender-domain.js';
import type { DomainStore } from './ports/domain-store.js';

/** Removes a domain; dispatch hears of it and lets its mail wait no longer. A second call is `not_found`. */
export class DeleteDomainHandler {
  constructor(private readonly store: DomainStore, private readonly clock: Clock) {}

  async execute(accountId: string, domainId: string): Promise<void> {
    if (!(await this.store.delete(accountId, domainId, this.clock.now()))) throw noSuchDomain();
  }
}
