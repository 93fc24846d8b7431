// One prisma.config.mjs for all contexts: the schema engine as WebAssembly (nothing is downloaded) and the context's own schema.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

// The platform's tables stand in every schema but in no model (libs/platform/sql/shared-tables.sql).
const SHARED_TABLES = ['outbox', 'outbox_default', 'inbox', 'dead_letter', 'job'];

/** `external`: further tables of the context that stand in no model (partitioned ones, for raw SQL only). */
export function prismaConfig(schema, external = []) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= fileURLToPath(new URL('./schema-engine.mjs', import.meta.url));
  process.env['CHECKPOINT_DISABLE'] ??= '1';
  return defineConfig({
    schema: 'prisma/schema.prisma',
    experimental: { externalTables: true },
    // In the shadow database of `migrate diff` they stand in `public`: give it a DATABASE_URL without `?schema=`.
    tables: { external: [...SHARED_TABLES, ...external].flatMap((table) => [`public.${table}`, `${schema}.${table}`]) },
    migrations: { path: 'prisma/migrations' },
    datasource: { url: process.env['DATABASE_URL'] ?? `postgresql://postgres@127.0.0.1:5433/nexora?schema=${schema}` },
  });
}
