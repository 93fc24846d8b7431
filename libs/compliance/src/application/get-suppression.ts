import type { Clock, Mode } from '@nexoramail/kernel';
import { addressToken, parseAddress } from '@nexoramail/mail';
import { noSuchSuppression, type Suppression } from '../domain/suppression.js';
import type { SuppressionStore } from './ports/suppression-store.js';

/** The strongest entry of an address, in whatever spelling it is asked for; `not_found`. */
export class GetSuppressionHandler {
  constructor(private readonly store: SuppressionStore, private readonly tokenKey: Uint8Array, private readonly clock: Clock) {}

  async execute(accountId: string, mode: Mode, address: string): Promise<Suppression> {
    const token = addressToken(this.tokenKey, parseAddress(address.trim(), { pointer: '/address' }));
    const [strongest] = await this.store.find(accountId, mode, token, this.clock.now());
    if (!strongest) throw noSuchSuppression();
    return strongest;
  }
}
