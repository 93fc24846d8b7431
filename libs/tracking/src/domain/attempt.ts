import type { FeedScope } from './message-view.js';

/** One line of an SMTP dialogue. */
export interface DialogueLine {
  /** Milliseconds since the attempt began. */
  readonly atMs: number;
  /** `c` (we) or `s` (they). */
  readonly dir: string;
  readonly line: string;
}

/** One try to hand one recipient's copy to the next hop. */
export interface Attempt extends FeedScope {
  readonly id: string;
  readonly messageId: string;
  readonly recipientIndex: number;
  readonly n: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly mx: string;
  readonly ip: string;
  readonly tlsVersion: string;
  readonly tlsCipher: string;
  readonly tlsVerified: boolean;
  /** `accepted`, `deferred`, `rejected` or `unknown`. */
  readonly outcome: string;
  readonly smtp: { readonly code: number; readonly enhanced: string; readonly text: string; readonly mx: string; readonly tls: string } | undefined;
  readonly transcript: readonly DialogueLine[];
}
