import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import { decodeCursor, encodeCursor, pageSize } from '../domain/page-cursor.js';
import type { EndpointStore } from './ports.js';

const LIST = 'endpoints';

/** A page of a newest-first list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  /** Empty when there is no more. */
  readonly nextCursor: string;
}

/** Endpoints of one account and mode, newest first. `validation_failed` at `/after` for a bad cursor. */
export class ListEndpoints {
  constructor(private readonly store: EndpointStore) {}

  async execute(scope: EndpointScope, after: string, asked: number): Promise<Page<Endpoint>> {
    const limit = pageSize(asked);
    const rows = await this.store.list(scope, after === '' ? undefined : decodeCursor(LIST, scope, after), limit + 1);
    return pageOf(rows, limit, ({ createdAt: at, id }) => encodeCursor(LIST, scope, { at, id }));
  }
}

/** The first `limit` of rows that were asked for with one more. */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, hasMore, nextCursor: hasMore ? cursorOf(last) : '' };
}
