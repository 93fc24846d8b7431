import type { Mode, RecipientStatus } from '@nexoramail/kernel';
import type { Reply } from '../../domain/outcome.js';

/** A recipient as it is now, from its row and, while it is not final, its queue row. */
export interface RecipientNow {
  readonly index: number;
  readonly address: string;
  readonly kind: string;
  readonly displayName: string;
  readonly status: RecipientStatus;
  readonly reason: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date | undefined;
  readonly lastReply: Reply | undefined;
  readonly finalAt: Date | undefined;
  readonly lateBounce: boolean;
}

/** A message as it is now. `subject` undefined: purged. */
export interface MessageNow {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly messageIdHeader: string;
  readonly fromHeader: string;
  readonly replyTo: readonly string[];
  readonly subject: string | undefined;
  readonly category: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly scheduledAt: Date | undefined;
  readonly expiresAt: Date;
  readonly source: string;
  readonly recipients: readonly RecipientNow[];
}

/** Reads messages that are still here. */
export interface MessageReader {
  /** Those of this account and mode, in any order; the others are simply not there. */
  find(accountId: string, mode: Mode, ids: readonly string[]): Promise<MessageNow[]>;
}
