export { CommitUnknownError, isCommitUnknown, isUniqueViolation } from './postgres/database-error.js';
export { Database, type DatabaseOptions } from './postgres/database.js';
export { LeaseRow, type LeaseRowOptions } from './postgres/lease-row.js';
export { applyMigrations, type MigrationOptions } from './postgres/migrations.js';
export { ensureSchemaRole, urlForRole, type SchemaRole } from './postgres/roles.js';
export type { Sql, Statement } from './postgres/sql.js';
export { insertOutbox, type OutboxRecord } from './outbox/outbox-record.js';
