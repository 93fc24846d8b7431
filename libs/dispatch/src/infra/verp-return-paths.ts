import { categoryIndex, recipientRef, type Clock } from '@nexoramail/kernel';
import { addressToken, mintReturnPath, tokenHour } from '@nexoramail/mail';
import type { Keys } from '@nexoramail/platform';
import type { LeasedRecipient, ReturnPaths } from '../application/ports/deliver-ports.js';

/** Return paths with the report token of `flows.md` §6, made with the newest key of the ring. */
export class VerpReturnPaths implements ReturnPaths {
  constructor(private readonly keys: Keys, private readonly clock: Clock) {}

  mint(row: LeasedRecipient, domain: string): string {
    const [newest] = this.keys.tokenRing;
    if (!newest) throw new Error('The token ring is empty');
    return mintReturnPath(newest, {
      accountRef: row.accountRef,
      category: Math.max(0, categoryIndex(row.category)),
      hour: tokenHour(this.clock.now()),
      recipientRef: recipientRef(row.messageId, row.n),
      addressToken: addressToken(this.keys.addressToken, row.address),
    }, domain);
  }
}
