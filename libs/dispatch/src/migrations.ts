/** Folder of this context's migrations: the same place from `src` and from `dist`. */
export const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url);
