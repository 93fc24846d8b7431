/** The context's SQL migrations; the same folder from `src` and from `dist`. */
export const MIGRATIONS = new URL('../../prisma/migrations/', import.meta.url);
