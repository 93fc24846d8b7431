import type { Standing } from '@nexoramail/kernel';
import type { AccountStanding } from '../../domain/standing.js';

/** A decision about an account. */
export interface StandingDecision {
  readonly accountId: string;
  readonly standing: Standing;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

/** Standings of accounts. */
export interface StandingStore {
  find(accountIds: readonly string[]): Promise<ReadonlyMap<string, AccountStanding>>;
  /** Stores standing, audit entry and record in one commit. The standing that holds already changes nothing. `conflict` for a move that the ladder does not have. */
  set(decision: StandingDecision): Promise<AccountStanding>;
}
