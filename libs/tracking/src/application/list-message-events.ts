import type { FeedEvent } from '../domain/feed-event.js';
import type { FeedScope } from '../domain/message-view.js';
import type { FeedReader } from './ports.js';
import type { RetentionBound } from './retention-bound.js';

// 50 recipients with some twenty events each (ten tries in 48 h) stay below it; opens and clicks are cut.
const MAX_EVENTS = 2000;

/** The timeline of one message, oldest first; empty when there is none. */
export class ListMessageEvents {
  constructor(private readonly reader: FeedReader, private readonly bound: RetentionBound) {}

  async execute(scope: FeedScope, messageId: string): Promise<FeedEvent[]> {
    return this.reader.ofMessage(scope, messageId, await this.bound.of(scope.accountId), MAX_EVENTS);
  }
}
