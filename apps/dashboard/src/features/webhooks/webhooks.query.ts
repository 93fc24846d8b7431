import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { allOf } from '../../api/all-of.js';
import type { Api } from '../../api/use-api.js';

/** How often the posts of an endpoint are read again while they are in sight. */
const RENEW_MS = 5_000;

/** All endpoints of the account. */
export function webhooksQuery({ nexora, mode }: Api) {
  return queryOptions({ queryKey: ['webhooks', mode], queryFn: ({ signal }) => allOf(nexora.webhooks.list({ limit: 100, signal })) });
}

/** One endpoint. */
export function webhookQuery({ nexora, mode }: Api, id: string) {
  return queryOptions({ queryKey: ['webhooks', mode, id], queryFn: ({ signal }) => nexora.webhooks.get(id, { signal }) });
}

/** The posts of an endpoint, newest first. */
export function webhookAttemptsQuery({ nexora, mode }: Api, id: string) {
  return infiniteQueryOptions({
    queryKey: ['webhooks', mode, id, 'attempts'],
    queryFn: ({ pageParam, signal }) => nexora.webhooks.attempts(id, { limit: 50, signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ has_more: hasMore, next_cursor: next }) => (hasMore && next !== null ? next : undefined),
    refetchInterval: RENEW_MS,
  });
}
