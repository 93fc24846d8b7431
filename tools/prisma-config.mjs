// One prisma.config.mjs for all contexts: the schema engine as WebAssembly (nothing is downloaded) and the context's own schema.
import { defineConfig } from 'prisma/config';

export function prismaConfig(schema) {
  process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= new URL('./schema-engine.mjs', import.meta.url).pathname;
  process.env['CHECKPOINT_DISABLE'] ??= '1';
  return defineConfig({
    schema: 'prisma/schema.prisma',
    migrations: { path: 'prisma/migrations' },
    datasource: { url: process.env['DATABASE_URL'] ?? `postgresql://postgres@127.0.0.1:5433/nexora?schema=${schema}` },
  });
}
