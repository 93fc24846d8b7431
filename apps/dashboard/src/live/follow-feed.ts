import { NexoraMailError, type FeedPage, type NexoraEvent } from '@nexoramail/sdk';

/** Where the live view stands. */
export type LiveState = 'connecting' | 'live' | 'reconnecting';

/** What {@link followFeed} works with. */
export interface FollowFeedOptions {
  readonly feed: {
    end(options: { signal: AbortSignal }): Promise<string>;
    poll(options: { after: string; wait: number; limit: number; signal: AbortSignal }): Promise<FeedPage>;
  };
  readonly signal: AbortSignal;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onState: (state: LiveState) => void;
  readonly onEvents: (events: readonly NexoraEvent[]) => void;
  /** From here on no event is missed; what was read before may have missed some, and must be read again. */
  readonly onJoined: () => void;
}

const PAUSE_MS = 3_000;

/** Follows the account's feed from its present end until the signal is aborted or nobody is signed in. Never rejects. */
export async function followFeed({ feed, signal, sleep, onState, onEvents, onJoined }: FollowFeedOptions): Promise<void> {
  let after: string | undefined;
  onState('connecting');
  while (!signal.aborted) {
    try {
      if (after === undefined) {
        after = await feed.end({ signal });
        onJoined();
      }
      onState('live');
      const page = await feed.poll({ after, wait: 25, limit: 100, signal });
      after = page.next_cursor;
      if (page.data.length > 0) onEvents(page.data);
    } catch (error) {
      if (signal.aborted || hasStatus(error, 401)) return;
      onState('reconnecting');
      // The cursor is older than what is kept: begin at the end again.
      if (hasStatus(error, 410)) after = undefined;
      await sleep(PAUSE_MS, signal).catch(() => undefined);
    }
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof NexoraMailError && error.status === status;
}
