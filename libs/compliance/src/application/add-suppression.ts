import type { Clock, IdSource, Mode } from '@nexoramail/kernel';
import { addressToken, parseAddress } from '@nexoramail/mail';
import { checkManual, type Suppression } from '../domain/suppression.js';
import type { SuppressionStore } from './ports/suppression-store.js';

/** What a customer asks to suppress. */
export interface AddSuppression {
  readonly address: string;
  /** `account` (also when empty) or `category`. */
  readonly scope: string;
  readonly category: string;
  readonly note: string;
  readonly expiresAt: Date | undefined;
}

/** Adds an entry by hand. A stronger one that is there stays and is the answer. */
export class AddSuppressionHandler {
  constructor(private readonly store: SuppressionStore, private readonly tokenKey: Uint8Array, private readonly ids: IdSource, private readonly clock: Clock) {}

  async execute(accountId: string, mode: Mode, wish: AddSuppression): Promise<Suppression> {
    const createdAt = this.clock.now();
    const address = parseAddress(wish.address.trim(), { pointer: '/address' });
    const checked = checkManual(wish, createdAt);
    return this.store.addManual({
      ...checked, accountId, mode, createdAt,
      id: this.ids.uuid(),
      token: addressToken(this.tokenKey, address),
      address: address.email,
      reason: 'manual',
      locked: false,
      sourceEventId: '',
      messageId: undefined,
    });
  }
}
