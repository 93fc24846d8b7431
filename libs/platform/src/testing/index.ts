export { sharedTablesMigrations, sharedTablesSql } from './shared-tables.js';
export { createTestDatabase, usePostgres, withAdmin, type TestPostgres, type UsePostgresOptions } from './use-postgres.js';
