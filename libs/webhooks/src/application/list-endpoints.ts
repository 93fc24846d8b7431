import { decodeCursor, encodeCursor, pageEnd, pageOf, pageSize, type CursorPage } from '@nexoramail/kernel';
import type { Endpoint, EndpointScope } from '../domain/endpoint.js';
import type { EndpointStore } from './ports.js';

const LIST = 'endpoints';

/** Endpoints of one account and mode, newest first. `validation_failed` at `/after` for a bad cursor. */
export class ListEndpoints {
  constructor(private readonly store: EndpointStore) {}

  async execute(scope: EndpointScope, after: string, asked: number): Promise<CursorPage<Endpoint>> {
    const limit = pageSize(asked);
    const page = pageOf(await this.store.list(scope, after === '' ? undefined : decodeCursor(LIST, scope, after), limit + 1), limit);
    return { ...page, ...pageEnd(page, ({ createdAt: at, id }) => encodeCursor(LIST, scope, { at, id })) };
  }
}
