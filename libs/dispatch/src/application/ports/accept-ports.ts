import type { ItemResult, Mode } from '@nexoramail/kernel';
import type { NewMessage } from '../../domain/submission.js';

/** What Screen is asked about one message: envelope and features, never bodies. */
export interface ScreenQuestion {
  readonly accountId: string;
  readonly mode: Mode;
  readonly category: string;
  readonly fromDomain: string;
  readonly envelopeDomain: string;
  readonly recipients: readonly string[];
  readonly sensitive: boolean;
  readonly source: string;
  readonly messageId: string;
}

/** What Screen said of a message that may go. */
export interface ScreenFacts {
  readonly domainId: string;
  readonly domain: string;
  readonly returnPathDomain: string;
  /** The one to sign with first. */
  readonly selectors: readonly string[];
  readonly domainVersion: number;
  /** Recipients that must not be mailed, by place in the message. */
  readonly suppressed: readonly { readonly index: number; readonly origin: string }[];
}

/** Asks compliance, many questions in one call. Away: `retry` with `temporarily_unavailable`. */
export interface Screener {
  screen(question: ScreenQuestion): Promise<ItemResult<ScreenFacts>>;
  /** The same answer, but a refusal leaves no row. */
  ask(question: ScreenQuestion): Promise<ItemResult<ScreenFacts>>;
}

/** Content as it is stored: frames under a data key of its own, which is wrapped by account key and epoch key. */
export interface SealedContent {
  readonly frames: readonly Uint8Array[];
  readonly subject: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly epochId: string;
}

/** Seals content. Throws `temporarily_unavailable` while no durable key can be had: then nothing is accepted. */
export interface ContentSealer {
  seal(message: NewMessage, releaseAt: Date | undefined): Promise<SealedContent>;
}

/** First state of a recipient as the answer and the event tell it. */
export interface FirstState {
  readonly status: 'queued' | 'scheduled' | 'suppressed';
  readonly reason: string;
}

/** A message ready for the one commit. */
export interface AcceptPlan {
  readonly message: NewMessage;
  readonly screen: ScreenFacts;
  readonly sealed: SealedContent;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly scheduledAt: Date | undefined;
  readonly releaseDay: string;
  readonly messageIdHeader: string;
  readonly states: readonly FirstState[];
  /** Unsuppressed recipients: what the quota counts. */
  readonly units: number;
}

/** A message that is on disk. */
export interface AcceptedMessage {
  readonly messageId: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly messageIdHeader: string;
  readonly recipients: readonly { readonly address: string; readonly status: string; readonly reason: string }[];
  readonly replayed: boolean;
}

/** What the accepting commit said of one message. Only `ok` left rows. */
export type AcceptAnswer =
  | { readonly code: 'ok' | 'known' | 'no_gate' | 'epoch_gone' | 'idempotency_key_reused' | 'account_not_activated' | 'sending_restricted' | 'account_suspended' }
  | { readonly code: 'quota_exceeded'; readonly periodEnd: Date }
  | { readonly code: 'replay'; readonly answer: AcceptedMessage };

/** The accepting commit and its look-ups. `accept` joins messages of many callers into one statement. */
export interface AcceptStore {
  /** Rejects with `temporarily_unavailable` when the database is away or the commit stayed unknown: never `ok` from unknown. */
  accept(plan: AcceptPlan): Promise<AcceptAnswer>;
  /** All of these in one commit of their own, or none: when an answer is neither `ok` nor `known` nor `replay`, nothing was stored. */
  acceptTogether(plans: readonly AcceptPlan[]): Promise<AcceptAnswer[]>;
  /** What `accept` would answer, found by doing it and taking it back. */
  rehearse(plan: AcceptPlan): Promise<AcceptAnswer>;
  /** The answer for a message that is already there, from its rows. */
  findAccepted(accountId: string, mode: Mode, messageId: string): Promise<AcceptedMessage | undefined>;
  /** The first answer under an idempotency key that still holds. */
  findReplay(accountId: string, mode: Mode, key: string): Promise<{ readonly bodyHash: Uint8Array; readonly answer: AcceptedMessage } | undefined>;
  /** The first answers under those of these keys that still hold. */
  findReplays(accountId: string, mode: Mode, keys: readonly string[]): Promise<ReadonlyMap<string, { readonly bodyHash: Uint8Array; readonly answer: AcceptedMessage }>>;
}

/** Gate rows: copies of limits and standing. A missing one is fetched from its owners, never a refusal. */
export interface Gates {
  fetch(accountId: string): Promise<void>;
}

/** Whether messages may come in at all. Throws `temporarily_unavailable` when those on call stopped it or the disk is nearly full. */
export interface IntakeGuard {
  check(): Promise<void>;
}

/** Partitions by release day. */
export interface ReleaseDays {
  /** Makes the day's partitions when the upkeep has not yet. */
  ensure(day: string): Promise<void>;
}
