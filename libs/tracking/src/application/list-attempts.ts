import type { Attempt } from '../domain/attempt.js';
import type { FeedScope } from '../domain/message-view.js';
import type { AttemptReader } from './ports.js';
import type { RetentionBound } from './retention-bound.js';

/** All tries of one message, by recipient and number; empty when there is none. */
export class ListAttempts {
  constructor(private readonly reader: AttemptReader, private readonly bound: RetentionBound) {}

  async execute(scope: FeedScope, messageId: string): Promise<Attempt[]> {
    return this.reader.ofMessage(scope, messageId, await this.bound.of(scope.accountId));
  }
}
