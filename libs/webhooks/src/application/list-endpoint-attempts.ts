import { decodeCursor, encodeCursor, pageEnd, pageOf, pageSize, type CursorPage } from '@nexoramail/kernel';
import type { EndpointScope } from '../domain/endpoint.js';
import { found } from './get-endpoint.js';
import type { AttemptReader, EndpointStore, StoredAttempt } from './ports.js';

/** Posts of an endpoint, newest first. `not_found`; `validation_failed` at `/after` for a bad cursor, also for one of another endpoint. */
export class ListEndpointAttempts {
  constructor(private readonly store: EndpointStore, private readonly attempts: AttemptReader) {}

  async execute(scope: EndpointScope, id: string, after: string, asked: number): Promise<CursorPage<StoredAttempt>> {
    found(await this.store.find(scope, id));
    const list = `attempts/${id}`;
    const limit = pageSize(asked);
    const page = pageOf(await this.attempts.list(id, after === '' ? undefined : decodeCursor(list, scope, after), limit + 1), limit);
    return { ...page, ...pageEnd(page, ({ at, id: attemptId }) => encodeCursor(list, scope, { at, id: attemptId })) };
  }
}
