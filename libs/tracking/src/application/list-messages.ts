import { decodeCursor, encodeCursor, pageEnd, pageOf, pageSize, type CursorPage } from '@nexoramail/kernel';
import { labelsOf, type FeedScope, type MessageView } from '../domain/message-view.js';
import type { ViewReader } from './ports.js';
import type { RetentionBound } from './retention-bound.js';

const LIST = 'messages';

/** Filters as they come from outside; empty ones do not filter. */
export interface ListMessagesQuery extends FeedScope {
  /** 0…100; 0 means 25. */
  readonly limit: number;
  readonly after: string;
  readonly recipient: string;
  readonly statuses: readonly string[];
  readonly tag: string;
  readonly category: string;
  readonly templateId: string;
  readonly domain: string;
  /** From this time on. */
  readonly createdAfter: Date | undefined;
  /** Before this time. */
  readonly createdBefore: Date | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Messages of one account and mode, newest first, as far back as the plan keeps them. `validation_failed` at `/after` for a bad cursor. */
export class ListMessages {
  constructor(private readonly reader: ViewReader, private readonly bound: RetentionBound) {}

  async execute(query: ListMessagesQuery): Promise<CursorPage<MessageView>> {
    const scope: FeedScope = { accountId: query.accountId, mode: query.mode };
    const before = query.after === '' ? undefined : decodeCursor(LIST, scope, query.after);
    const since = await this.bound.of(scope.accountId);
    const labels = labelsOf({ tags: query.tag === '' ? [] : [query.tag], metadata: query.metadata });
    const limit = pageSize(query.limit);
    const page = pageOf(await this.reader.list(scope, {
      ...(query.recipient !== '' && { recipient: query.recipient }),
      ...(query.statuses.length > 0 && { statuses: query.statuses }),
      ...(query.category !== '' && { category: query.category }),
      ...(query.templateId !== '' && { templateId: query.templateId }),
      ...(query.domain !== '' && { domain: query.domain.toLowerCase() }),
      ...(labels.length > 0 && { labels }),
      ...(query.createdBefore !== undefined && { createdTo: query.createdBefore }),
      createdFrom: query.createdAfter !== undefined && query.createdAfter > since ? query.createdAfter : since,
    }, before, limit + 1), limit);
    return { ...page, ...pageEnd(page, ({ createdAt: at, id }) => encodeCursor(LIST, scope, { at, id })) };
  }
}
