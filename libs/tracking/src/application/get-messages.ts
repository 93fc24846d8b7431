import { AppError, ok, refused, type ItemResult } from '@nexoramail/kernel';
import type { FeedScope, MessageView } from '../domain/message-view.js';
import type { ViewReader } from './ports.js';
import type { RetentionBound } from './retention-bound.js';

/** Messages by id, one answer each, in order; `not_found` also for those of another account and those past the retention. */
export class GetMessages {
  constructor(private readonly reader: ViewReader, private readonly bound: RetentionBound) {}

  async execute(scope: FeedScope, ids: readonly string[]): Promise<ItemResult<MessageView>[]> {
    const views = await this.reader.byIds(scope, [...new Set(ids)], await this.bound.of(scope.accountId));
    const byId = new Map(views.map((view) => [view.id, view]));
    return ids.map((id) => {
      const view = byId.get(id);
      return view ? ok(view) : refused(new AppError('not_found', 'There is no such message.'));
    });
  }
}
