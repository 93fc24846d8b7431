import type { Email, Page } from '@nexoramail/sdk';

/** The pages of a list as the query cache holds them. */
export interface EmailPages {
  readonly pages: readonly Page<Email>[];
  readonly pageParams: readonly (string | undefined)[];
}

/**
 * The loaded pages with a newly read first page laid over them: rows on it are new, rows it should hold but does not are gone (a filter no
 * longer fits), rows behind it stay. Undefined when the two do not touch: there is a gap of unknown rows, and the list must be read anew.
 */
export function mergeFirstPage(loaded: EmailPages, fresh: Page<Email>): EmailPages | undefined {
  const rows = loaded.pages.flatMap(({ data }) => data);
  const ids = new Set(fresh.data.map(({ id }) => id));
  const last = fresh.data.at(-1);
  if (!fresh.has_more || last === undefined) return { pages: [fresh], pageParams: [undefined] };
  const lastAt = rows.findLastIndex(({ id }) => ids.has(id));
  if (lastAt === -1) return undefined;
  const tail = rows.slice(lastAt + 1).filter(({ created_at: createdAt }) => createdAt <= last.created_at);
  const end = loaded.pages.at(-1);
  // The rest becomes one page behind the fresh one; its cursor is that of the end, where the list goes on.
  const rest: Page<Email> = { data: tail, has_more: end?.has_more ?? false, next_cursor: end?.next_cursor ?? null };
  return tail.length === 0 ? { pages: [fresh], pageParams: [undefined] } : { pages: [fresh, rest], pageParams: [undefined, fresh.next_cursor ?? undefined] };
}

/** The loaded pages with some rows replaced by newer versions of themselves. */
export function replaceRows(loaded: EmailPages, newer: readonly Email[]): EmailPages {
  const byId = new Map(newer.map((email) => [email.id, email]));
  return { ...loaded, pages: loaded.pages.map((page) => ({ ...page, data: page.data.map((row) => byId.get(row.id) ?? row) })) };
}
