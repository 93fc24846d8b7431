import type { PageKey } from '@nexoramail/kernel';
import type { Attempt } from '../domain/attempt.js';
import type { FeedEvent, FeedHead } from '../domain/feed-event.js';
import type { FeedScope, MessageView } from '../domain/message-view.js';

/** What a look at a stretch of a log found, in one snapshot. */
export interface FeedStretch {
  /** Newest number of the log. */
  readonly head: number;
  /** True when the event right after the cursor is still within the retention (or none is there yet). */
  readonly nextVisible: boolean;
  readonly events: readonly FeedEvent[];
}

/** Which stretch: numbers in (after, to], recorded not before `since`. */
export interface FeedQuery {
  readonly after: number;
  readonly to: number;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly limit: number;
  readonly since: Date;
}

/** Reads of the log. */
export interface FeedReader {
  readStretch(scope: FeedScope, query: FeedQuery): Promise<FeedStretch>;
  /** Number before the first event recorded not before `since`; the head when there is none. */
  floor(scope: FeedScope, since: Date): Promise<number>;
  /** Heads of these logs; those without an event are left out. */
  heads(scopes: readonly FeedScope[]): Promise<FeedHead[]>;
  /** Oldest first, at most `limit`. */
  ofMessage(scope: FeedScope, messageId: string, since: Date, limit: number): Promise<FeedEvent[]>;
}

/** Filters of the list; those left out do not filter, all given ones hold together. */
export interface MessageFilter {
  /** Canonical address; case does not matter. */
  readonly recipient?: string;
  readonly statuses?: readonly string[];
  readonly category?: string;
  readonly templateId?: string;
  readonly domain?: string;
  /** Of tags and metadata. */
  readonly labels?: readonly string[];
  /** Not before; also the retention's bound. */
  readonly createdFrom: Date;
  /** Before. */
  readonly createdTo?: Date;
}

/** Reads of messages. */
export interface ViewReader {
  /** Newest first, below `before`. */
  list(scope: FeedScope, filter: MessageFilter, before: PageKey | undefined, limit: number): Promise<MessageView[]>;
  /** Those of this scope among them. */
  byIds(scope: FeedScope, ids: readonly string[], since: Date): Promise<MessageView[]>;
}

/** Reads of attempts. */
export interface AttemptReader {
  /** By recipient and number. */
  ofMessage(scope: FeedScope, messageId: string, since: Date): Promise<Attempt[]>;
}

/** How long an account may look back. */
export interface Retention {
  /** Days of its plan. Never fails: without an answer of the owner it is the longest. */
  daysOf(accountId: string): Promise<number>;
}

/** Real-time delays; not the business clock. */
export interface Timers {
  /** Calls `run` after `ms`; returns the function that cancels it. */
  after(ms: number, run: () => void): () => void;
}
