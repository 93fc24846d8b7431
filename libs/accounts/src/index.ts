export { AccountsModule, type AccountsConfig } from './infra/accounts.module.js';

/** SQL folders of the schema `accounts`, for `applyMigrations`; the same place from `src` and from `dist`. */
export const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url);
