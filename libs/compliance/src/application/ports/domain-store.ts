import type { Page } from '@nexoramail/kernel';
import type { DomainRecord } from '../../domain/dns-records.js';
import type { SenderDomain } from '../../domain/sender-domain.js';

/** Sender domains. Every change that others must know leaves with its record in the same commit. */
export interface DomainStore {
  /** Stores a new domain with its records. `conflict` when the account has the name or another one verified it, `plan_limit_domains` when `limit` (0: none) is reached. */
  create(domain: SenderDomain, limit: number, nextCheckAt: Date): Promise<void>;
  /** Who has this name: for refusing before keys are made. */
  nameState(accountId: string, name: string): Promise<'free' | 'own' | 'taken'>;
  find(accountId: string, domainId: string): Promise<SenderDomain | undefined>;
  /** Newest first. */
  list(accountId: string, afterId: string | undefined, limit: number): Promise<Page<SenderDomain>>;
  /**
   * Stores what a look at the DNS saw and moves the state, under a lock. `conflict` when another account has verified the name meanwhile: the
   * records are stored, the state stays. Undefined when the domain is gone.
   */
  applyCheck(domainId: string, records: readonly DomainRecord[], now: Date): Promise<SenderDomain | undefined>;
  /** False when there is none. */
  delete(accountId: string, domainId: string, at: Date): Promise<boolean>;
  /** Domains whose next look is due, the oldest first; they are put off by five minutes, so that a crash or a second replica does not look twice. */
  takeDue(now: Date, limit: number): Promise<readonly SenderDomain[]>;
}
