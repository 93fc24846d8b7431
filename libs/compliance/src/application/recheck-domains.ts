import { isAppError, type Clock } from '@nexoramail/kernel';
import type { DomainChecker } from './check-domain.js';
import type { DomainStore } from './ports/domain-store.js';

/** Looked at side by side: four names each, none longer than 5 s. */
const BATCH = 20;

/** Looks at domains whose time has come: verified ones each hour, new ones more often. */
export class RecheckDomainsHandler {
  constructor(private readonly store: DomainStore, private readonly checker: DomainChecker, private readonly clock: Clock) {}

  /** One batch; true when there may be more. */
  async execute(): Promise<boolean> {
    const due = await this.store.takeDue(this.clock.now(), BATCH);
    await Promise.all(due.map(async (domain) => {
      try {
        await this.checker.check(domain);
      } catch (error) {
        // The name is another account's by now: stored with the records, and nothing to do here.
        if (!isAppError(error) || error.code !== 'conflict') throw error;
      }
    }));
    return due.length === BATCH;
  }
}
