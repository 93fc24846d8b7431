import { AppError, badCursor, pageSize, type Monotonic } from '@nexoramail/kernel';
import type { FeedEvent } from '../domain/feed-event.js';
import type { FeedScope } from '../domain/message-view.js';
import type { FeedWatch } from './feed-watch.js';
import type { FeedReader } from './ports.js';
import type { RetentionBound } from './retention-bound.js';

/** Longest long poll in milliseconds. */
export const MAX_WAIT_MS = 25_000;
/** Numbers looked at in one query: a filter that matches nothing does not read a whole log at once. */
export const WINDOW = 10_000;

/** Asks for what follows `afterSeq`. */
export interface ListEventsQuery extends FeedScope {
  /** 0: from the oldest that is kept. */
  readonly afterSeq: number;
  /** Empty: all. */
  readonly types: readonly string[];
  readonly limit: number;
  readonly waitMs: number;
  /** Aborts when the caller has gone. */
  readonly signal?: AbortSignal;
}

/** A stretch of the log. */
export interface EventPage {
  readonly events: readonly FeedEvent[];
  /** Last number looked at, also when types filtered everything out. */
  readonly nextSeq: number;
  readonly hasMore: boolean;
}

/**
 * A stretch of an account's log, oldest first; waits up to 25 s for the first event when there is none yet. `cursor_expired` when events
 * after the cursor are older than the plan keeps; `validation_failed` at `/after` for a number that the log has not reached.
 */
export class ListEvents {
  constructor(
    private readonly reader: FeedReader,
    private readonly bound: RetentionBound,
    private readonly watch: FeedWatch,
    private readonly monotonic: Monotonic,
  ) {}

  async execute(query: ListEventsQuery): Promise<EventPage> {
    const scope: FeedScope = { accountId: query.accountId, mode: query.mode };
    const end = this.monotonic.now() + Math.min(query.waitMs, MAX_WAIT_MS);
    let after = query.afterSeq;
    for (;;) {
      const page = await this.read(scope, query, after);
      const left = end - this.monotonic.now();
      if (page.events.length > 0 || left <= 0 || hasGone(query) || this.watch.closed) return page;
      after = page.nextSeq;
      if (!page.hasMore) await this.watch.wait(scope, after, left, query.signal);
      if (this.monotonic.now() >= end || hasGone(query)) return this.read(scope, query, after);
    }
  }

  private async read(scope: FeedScope, { types, limit: asked }: ListEventsQuery, after: number): Promise<EventPage> {
    const [limit, since] = [pageSize(asked), await this.bound.of(scope.accountId)];
    let start = after;
    let stretch = await this.reader.readStretch(scope, { after: start, to: start + WINDOW, types, limit: limit + 1, since });
    if (start > stretch.head) throw badCursor();
    if (!stretch.nextVisible) {
      if (after > 0) throw new AppError('cursor_expired', 'Events after this cursor are older than your plan keeps them. Begin again without a cursor.');
      start = await this.reader.floor(scope, since);
      stretch = await this.reader.readStretch(scope, { after: start, to: start + WINDOW, types, limit: limit + 1, since });
    }
    const events = stretch.events.slice(0, limit);
    if (stretch.events.length > limit) return { events, nextSeq: events.at(-1)?.seq ?? start, hasMore: true };
    const nextSeq = Math.min(start + WINDOW, stretch.head);
    return { events, nextSeq, hasMore: nextSeq < stretch.head };
  }
}

const hasGone = ({ signal }: ListEventsQuery): boolean => signal?.aborted ?? false;
