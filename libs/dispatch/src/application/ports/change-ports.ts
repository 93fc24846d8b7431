import type { Mode } from '@nexoramail/kernel';
import type { Finish, LeasedRecipient } from './deliver-ports.js';

/** Changes that a customer makes to messages which wait. Each is one commit, which a lease can only precede or follow. */
export interface MessageChanges {
  /**
   * Ends the queued recipients of these messages that no worker has (a lease that ran out counts too: it may have gone) and whose last
   * attempt is not of unknown outcome.
   */
  cancel(accountId: string, mode: Mode, ids: readonly string[], end: (row: LeasedRecipient) => Finish): Promise<void>;
  /** Moves the message to another time; false when one of its recipients is not scheduled any more. */
  reschedule(accountId: string, mode: Mode, id: string, at: Date, move: (row: LeasedRecipient) => Finish): Promise<boolean>;
}
