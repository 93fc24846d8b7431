import type { EndpointScope } from '../domain/endpoint.js';
import { decodeCursor, encodeCursor, pageSize } from '../domain/page-cursor.js';
import { found } from './get-endpoint.js';
import { pageOf, type Page } from './list-endpoints.js';
import type { AttemptReader, EndpointStore, StoredAttempt } from './ports.js';

/** Posts of an endpoint, newest first. `not_found`; `validation_failed` at `/after` for a bad cursor, also for one of another endpoint. */
export class ListEndpointAttempts {
  constructor(private readonly store: EndpointStore, private readonly attempts: AttemptReader) {}

  async execute(scope: EndpointScope, id: string, after: string, asked: number): Promise<Page<StoredAttempt>> {
    found(await this.store.find(scope, id));
    const list = `attempts/${id}`;
    const limit = pageSize(asked);
    const rows = await this.attempts.list(id, after === '' ? undefined : decodeCursor(list, scope, after), limit + 1);
    return pageOf(rows, limit, ({ at, id: attemptId }) => encodeCursor(list, scope, { at, id: attemptId }));
  }
}
