import { FIRST_STANDING, type AccountStanding } from '../domain/standing.js';
import type { StandingStore } from './ports/standing-store.js';

/** Standings with their version, in order. An account that nothing was decided about is under its first review, version 0: any decision is newer. */
export class GetStandingsHandler {
  constructor(private readonly store: StandingStore) {}

  async execute(accountIds: readonly string[]): Promise<readonly AccountStanding[]> {
    const found = await this.store.find(accountIds);
    return accountIds.map((accountId) => found.get(accountId) ?? { accountId, standing: FIRST_STANDING, version: 0, changedAt: undefined, reason: '' });
  }
}
