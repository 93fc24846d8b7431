import type { PageInfo, PageRequest } from '@nexoramail/contracts';

/** The page that a list's query asks for. */
export const pageRequest = (query: { limit?: number; after?: string }): PageRequest => ({ limit: query.limit ?? 25, after: query.after ?? '' });

/** A list's answer. */
export const pageJson = (data: readonly object[], page: PageInfo | undefined): object => ({ data, has_more: page?.hasMore ?? false, next_cursor: page?.nextCursor || null });

/** A time for an answer, or null. */
export const timeJson = (at: Date | undefined): string | null => at?.toISOString() ?? null;

/** A text for an answer; the empty one of protobuf is null. */
export const textJson = (text: string): string | null => (text === '' ? null : text);
