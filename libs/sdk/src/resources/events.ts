import type { Page, PagedList, PageOptions } from '../pages.js';
import { toPage } from '../pages.js';
import type { Transport } from '../http/transport.js';
import type { EventType, NexoraEvent } from '../types/event.js';
import { Resource } from './resource.js';

/** What of the feed to read. */
export interface FeedFilters {
  types?: readonly EventType[];
}

/** Where to begin reading the feed, and how long the server may hold an empty answer: 0–25 s. */
export interface FeedOptions extends PageOptions, FeedFilters {
  wait?: number;
}

/** A page of the feed: its cursor is never null and stays usable at the end of the feed. */
export interface FeedPage extends Page<NexoraEvent> {
  next_cursor: string;
}

/** The account's gapless feed of events, oldest first. */
export class Events extends Resource {
  readonly #feed: Transport;

  constructor(transport: Transport) {
    super(transport);
    this.#feed = transport;
  }

  /** From the oldest kept event, or from `after`, up to the newest. */
  list(options: PageOptions & FeedFilters = {}): PagedList<NexoraEvent> {
    return this.paged('/v1/events', toQuery(options.types), options);
  }

  /** One page, waiting up to `wait` seconds for a first event. 410 `cursor_expired` when `after` is older than the retention. */
  async poll({ types, limit, after, wait = 0, signal }: FeedOptions = {}): Promise<FeedPage> {
    const query = toQuery(types);
    if (limit !== undefined) query.set('limit', String(limit));
    if (after !== undefined) query.set('after', after);
    query.set('wait', String(wait));
    const page = toPage<NexoraEvent>(await this.#feed.request({ method: 'GET', path: '/v1/events', query, ...(signal && { signal }) }));
    return { ...page, next_cursor: page.next_cursor ?? after ?? '' };
  }

  /** A cursor behind the newest event, to follow only what is still to come. Asks for a type that hardly happens, so that no history is carried. */
  async end(options: { signal?: AbortSignal } = {}): Promise<string> {
    let page = await this.poll({ ...options, types: ['quota.threshold_reached'], limit: 100 });
    while (page.has_more) page = await this.poll({ ...options, types: ['quota.threshold_reached'], limit: 100, after: page.next_cursor });
    return page.next_cursor;
  }

  /** Every event from `after` on, for ever: waits for new ones until the signal is aborted or the caller stops reading. */
  async *follow({ wait = 25, ...options }: FeedOptions = {}): AsyncGenerator<NexoraEvent, void, undefined> {
    let after = options.after;
    for (;;) {
      const page = await this.poll({ ...options, wait, ...(after !== undefined && { after }) });
      yield* page.data;
      if (page.next_cursor !== '') after = page.next_cursor;
    }
  }
}

function toQuery(types: readonly EventType[] | undefined): URLSearchParams {
  return new URLSearchParams(types && types.length > 0 ? { types: types.join(',') } : {});
}
