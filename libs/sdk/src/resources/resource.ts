import type { ApiRequest, CallOptions, Transport } from '../http/transport.js';
import { PagedList, toObject, toPage, type PageOptions } from '../pages.js';

/** What all resources share: calls that answer an object, a list, or nothing. */
export abstract class Resource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  protected async call<T extends object>(method: ApiRequest['method'], path: string, body?: unknown, options: CallOptions & { idempotencyKey?: string; query?: URLSearchParams } = {}): Promise<T> {
    return toObject<T>(await this.#transport.request({ method, path, ...options, ...(body !== undefined && { body }) }));
  }

  /** For answers whose body does not matter, such as 202 and 204. */
  protected async command(method: ApiRequest['method'], path: string, body?: unknown, options: CallOptions = {}): Promise<void> {
    await this.#transport.request({ method, path, ...options, ...(body !== undefined && { body }) });
  }

  /** For short lists that come whole: `{data: […]}`. */
  protected async all<T>(path: string, options: CallOptions = {}, query?: URLSearchParams): Promise<T[]> {
    return toPage<T>(await this.#transport.request({ method: 'GET', path, ...options, ...(query && { query }) })).data;
  }

  protected paged<T>(path: string, query: URLSearchParams, options: PageOptions): PagedList<T> {
    return new PagedList<T>(this.#transport, path, query, options);
  }
}

/** An id or address as one path segment, so that none can lead to another route. */
export function segment(value: string): string {
  // The URL parser removes dot segments even when they are escaped, so these two can never be part of a path.
  if (value === '' || value === '.' || value === '..') throw new TypeError('An id or address must not be empty.');
  return encodeURIComponent(value);
}
