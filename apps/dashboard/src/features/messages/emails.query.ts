import { FINAL_STATUSES, type Email, type EmailFilters, type Mode, type NexoraMail, type Page } from '@nexoramail/sdk';
import { infiniteQueryOptions, queryOptions, type QueryKey } from '@tanstack/react-query';
import type { Api } from '../../api/use-api.js';

const PAGE_SIZE = 50;
/** How often an unfinished message is read again should the live feed be cut. */
const FALLBACK_MS = 5_000;

/** Keys of all queries about messages: the mode comes second, as in every key of account data. */
export const emailKeys = {
  lists: (mode: Mode) => ['emails', mode] as const,
  list: (mode: Mode, filters: EmailFilters) => ['emails', mode, filters] as const,
  one: (mode: Mode, id: string) => ['email', mode, id] as const,
};

/** The message list, newest first, page by page. */
export function emailsQuery({ nexora, mode }: Api, filters: EmailFilters) {
  return infiniteQueryOptions({
    queryKey: emailKeys.list(mode, filters),
    queryFn: ({ pageParam, signal }): Promise<Page<Email>> => nexora.emails.list(filters, { limit: PAGE_SIZE, signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ has_more: hasMore, next_cursor: next }) => (hasMore && next !== null ? next : undefined),
  });
}

/** The newest page of the list that a key of {@link emailKeys} names. */
export function firstEmailPage(nexora: NexoraMail, [, , filters]: QueryKey): Promise<Page<Email>> {
  return nexora.emails.list(filters as EmailFilters, { limit: PAGE_SIZE }).page();
}

/** One message; read again now and then until it is final. */
export function emailQuery({ nexora, mode }: Api, id: string) {
  return queryOptions({
    queryKey: emailKeys.one(mode, id),
    queryFn: ({ signal }) => nexora.emails.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data && FINAL_STATUSES.has(state.data.status) ? false : FALLBACK_MS),
  });
}

/** The timeline of one message; `isFinal` ends the reading again. */
export function emailEventsQuery({ nexora, mode }: Api, id: string, isFinal: boolean) {
  return queryOptions({
    queryKey: [...emailKeys.one(mode, id), 'events'],
    queryFn: ({ signal }) => nexora.emails.events(id, { signal }),
    refetchInterval: isFinal ? false : FALLBACK_MS,
  });
}

/** Every try of one message, with its SMTP dialogue. */
export function emailAttemptsQuery({ nexora, mode }: Api, id: string, isFinal: boolean) {
  return queryOptions({
    queryKey: [...emailKeys.one(mode, id), 'attempts'],
    queryFn: ({ signal }) => nexora.emails.attempts(id, { signal }),
    refetchInterval: isFinal ? false : FALLBACK_MS,
  });
}
