export { createTestDatabase, sharedTablesMigrations, sharedTablesSql, usePostgres, withAdmin, type TestPostgres, type UsePostgresOptions } from '@nexoramail/platform/testing';
