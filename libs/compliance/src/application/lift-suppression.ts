import type { Clock, Mode } from '@nexoramail/kernel';
import { addressToken, parseAddress } from '@nexoramail/mail';
import { noSuchSuppression, suppressionLocked } from '../domain/suppression.js';
import type { SuppressionStore } from './ports/suppression-store.js';

/** Lifts all entries of an address, or none when one of them is the recipient's own word. */
export class LiftSuppressionHandler {
  constructor(private readonly store: SuppressionStore, private readonly tokenKey: Uint8Array, private readonly clock: Clock) {}

  async execute(accountId: string, mode: Mode, address: string): Promise<void> {
    const token = addressToken(this.tokenKey, parseAddress(address.trim(), { pointer: '/address' }));
    const outcome = await this.store.lift(accountId, mode, token, this.clock.now());
    if (outcome === 'locked') throw suppressionLocked();
    if (outcome === 'none') throw noSuchSuppression();
  }
}
