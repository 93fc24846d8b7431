import { InvalidResponseError } from './errors.js';
import type { ApiRequest, Transport } from './http/transport.js';

/** One page of a list. `next_cursor` is what `after` takes next. */
export interface Page<T> {
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}

/** Where a page begins and how long it is: `limit` 1–100, default 25. */
export interface PageOptions {
  limit?: number;
  after?: string;
  signal?: AbortSignal;
}

/** A list that is fetched as it is read: `for await` over its items, its pages, or take one page. */
export class PagedList<T> implements AsyncIterable<T> {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #query: URLSearchParams;
  readonly #options: PageOptions;

  constructor(transport: Transport, path: string, query: URLSearchParams, options: PageOptions) {
    this.#transport = transport;
    this.#path = path;
    this.#query = query;
    this.#options = options;
  }

  /** The page at `after` (default: where the list was asked to begin). */
  async page(after: string | undefined = this.#options.after): Promise<Page<T>> {
    const query = new URLSearchParams(this.#query);
    if (this.#options.limit !== undefined) query.set('limit', String(this.#options.limit));
    if (after !== undefined) query.set('after', after);
    const request: ApiRequest = { method: 'GET', path: this.#path, query, ...(this.#options.signal && { signal: this.#options.signal }) };
    return toPage<T>(await this.#transport.request(request));
  }

  /** All pages, one request each. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let after = this.#options.after;
    for (;;) {
      const page = await this.page(after);
      yield page;
      // A server that repeats a cursor would keep us here for ever.
      if (!page.has_more || page.next_cursor === null || page.next_cursor === after) return;
      after = page.next_cursor;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }
}

/** The answer as a page; throws InvalidResponseError when it is none. `has_more` and `next_cursor` may be absent. */
export function toPage<T>(value: unknown): Page<T> {
  const page = toObject<Partial<Page<T>>>(value);
  if (!Array.isArray(page.data)) throw invalid('The answer holds no list.');
  return { data: page.data, has_more: page.has_more === true, next_cursor: typeof page.next_cursor === 'string' ? page.next_cursor : null };
}

/** The answer as an object; throws InvalidResponseError when it is none. Members are trusted to be as the API says. */
export function toObject<T extends object>(value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The answer is not an object.');
  return value as T;
}

function invalid(message: string): InvalidResponseError {
  return new InvalidResponseError(message, { code: 'invalid_response', status: 200, requestId: null, retryable: false });
}
