import { AppError } from './app-error.js';

/** One page of a keyset list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/** How a list goes on; as the contracts have it. */
export interface PageEnd {
  readonly hasMore: boolean;
  /** Empty when there is no more. */
  readonly nextCursor: string;
}

/** A page with the cursor of the next one. */
export type CursorPage<T> = Page<T> & PageEnd;

/** Rows of a page: 1…100, 25 when 0. Throws `validation_failed` at `/limit`. */
export function pageSize(limit: number): number {
  if (limit === 0) return 25;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  const message = 'A page has 1 to 100 entries.';
  throw new AppError('validation_failed', message, { errors: [{ pointer: '/limit', code: 'range', message }] });
}

/** The first `limit` of rows that were asked for with one more, which tells whether there are more. */
export const pageOf = <T>(rows: readonly T[], limit: number): Page<T> => ({ items: rows.slice(0, limit), hasMore: rows.length > limit });

/** The end of a page; `cursorOf` writes the cursor after its last row. */
export function pageEnd<T>({ items, hasMore }: Page<T>, cursorOf: (last: T) => string): PageEnd {
  const last = items.at(-1);
  return hasMore && last !== undefined ? { hasMore, nextCursor: cursorOf(last) } : { hasMore: false, nextCursor: '' };
}
