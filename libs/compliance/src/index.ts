export { ComplianceModule, type ComplianceConfig } from './infra/compliance.module.js';
export { APPEND_ONLY } from './infra/pg-audit-log.js';

/** SQL folders of the schema `compliance`, for `applyMigrations` with `appendOnly: APPEND_ONLY`; the same place from `src` and from `dist`. */
export const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url);
