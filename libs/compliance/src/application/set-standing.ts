import type { Clock } from '@nexoramail/kernel';
import { parseStanding, standingReason, type AccountStanding } from '../domain/standing.js';
import type { StandingStore } from './ports/standing-store.js';

/** Changes what an account may do: audited and published once. */
export class SetStandingHandler {
  constructor(private readonly store: StandingStore, private readonly clock: Clock) {}

  async execute(wish: { readonly accountId: string; readonly standing: string; readonly reason: string; readonly actor: string }): Promise<AccountStanding> {
    return this.store.set({
      accountId: wish.accountId,
      standing: parseStanding(wish.standing),
      reason: standingReason(wish.reason),
      actor: wish.actor === '' ? 'system' : wish.actor.slice(0, 100),
      at: this.clock.now(),
    });
  }
}
