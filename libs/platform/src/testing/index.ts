export { eventually } from './eventually.js';
export { ManualTimers, RecordingBus } from './fakes.js';
export { sharedTablesMigrations, sharedTablesSql } from './shared-tables.js';
export { testRuntime, type TestRuntimeOptions } from './test-runtime.js';
export { createTestDatabase, usePostgres, withAdmin, type TestPostgres, type UsePostgresOptions } from './use-postgres.js';
