import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, withAdmin } from '../testing/use-postgres.js';
import { Database } from './database.js';
import { applyMigrations } from './migrations.js';
import { urlForRole } from './roles.js';

let adminUrl: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ adminUrl } = database);
});
afterAll(() => database.drop());
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'nexora-migrations-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

function migration(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), sql);
}
const apply = (schema: string, more: { appendOnly?: string[] } = {}): Promise<string[]> =>
  applyMigrations(adminUrl, { schema, role: schema, password: `${schema}'s "password"`, folder: pathToFileURL(folder), ...more });
const as = (schema: string): Database => Database.open({ url: urlForRole(adminUrl, schema, `${schema}'s "password"`), schema, max: 1 });
async function withRole<T>(schema: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = as(schema);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
const run = (db: Database, text: string) => db.query({ name: '', text });

describe('applyMigrations', () => {
  test('applies folders in order, once, as the role, and keeps Prisma history in the schema', async () => {
    migration('0002_more', 'ALTER TABLE thing ADD COLUMN more int');
    migration('0001_init', '-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "first";\n\nCREATE TABLE thing (id int); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$');
    writeFileSync(join(folder, 'migration_lock.toml'), 'provider = "postgresql"');
    expect(await apply('first')).toEqual(['0001_init', '0002_more']);
    expect(await apply('first')).toEqual([]);
    const { rows } = await withRole('first', (db) => run(db, `SELECT tableowner::text AS owner, (SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL) AS history FROM pg_tables WHERE schemaname = 'first' AND tablename = 'thing'`));
    expect(rows).toEqual([{ owner: 'first', history: 2 }]);
  });

  test('appliers of several processes at once apply each migration once', async () => {
    migration('0001_init', 'CREATE TABLE thing (id int)');
    const results = await Promise.all([apply('crowd'), apply('crowd'), apply('crowd')]);
    expect(results.flat()).toEqual(['0001_init']);
  });

  test('a migration that fails leaves nothing, and can be mended', async () => {
    migration('0001_init', 'CREATE TABLE thing (id int); SELECT broken');
    await expect(apply('broken')).rejects.toThrow('Migration 0001_init failed: column "broken" does not exist');
    migration('0001_init', 'CREATE TABLE thing (id int)');
    expect(await apply('broken')).toEqual(['0001_init']);
  });

  test('a migration that changed after it was applied is refused', async () => {
    migration('0001_init', 'CREATE TABLE thing (id int)');
    await apply('changed');
    migration('0001_init', 'CREATE TABLE thing (id bigint)');
    await expect(apply('changed')).rejects.toThrow('0001_init was changed');
  });

  test('where an operator made role and schema, the role migrates itself', async () => {
    await withAdmin((admin) => admin.query(`CREATE ROLE lone LOGIN PASSWORD 'x'; CREATE SCHEMA lone AUTHORIZATION lone; GRANT CONNECT ON DATABASE ${new URL(adminUrl).pathname.slice(1)} TO lone`), adminUrl);
    migration('0001_init', 'CREATE TABLE thing (id int)');
    expect(await applyMigrations(urlForRole(adminUrl, 'lone', 'x'), { schema: 'lone', role: 'lone', password: 'x', folder: pathToFileURL(folder) })).toEqual(['0001_init']);
    await withAdmin((admin) => admin.query('DROP SCHEMA lone CASCADE; DROP OWNED BY lone; DROP ROLE lone'), adminUrl);
  });
});

describe('roles', () => {
  test('see and touch their own schema only', async () => {
    migration('0001_init', 'CREATE TABLE secret (id int); INSERT INTO secret VALUES (1)');
    await apply('accounts');
    await apply('compliance');
    await withRole('compliance', async (db) => {
      expect((await run(db, 'SELECT id FROM secret')).rows).toEqual([{ id: 1 }]);
      for (const forbidden of ['SELECT * FROM accounts.secret', 'INSERT INTO accounts.secret VALUES (2)', 'CREATE TABLE accounts.x ()', 'CREATE TABLE public.x ()', 'CREATE SCHEMA mine', 'CREATE ROLE boss', 'SET ROLE accounts', 'CREATE TEMP TABLE x ()']) {
        await expect(run(db, forbidden)).rejects.toMatchObject({ code: '42501' });
      }
    });
  });

  test('sec-A64: may read and add to an append-only table, not change it, though they own the rest', async () => {
    migration('0001_init', 'CREATE TABLE audit_entry (n int); CREATE TABLE other (n int)');
    await apply('audited', { appendOnly: ['audit_entry'] });
    await withRole('audited', async (db) => {
      await run(db, 'INSERT INTO audit_entry VALUES (1)');
      expect((await run(db, 'SELECT n FROM audit_entry')).rows).toEqual([{ n: 1 }]);
      for (const forbidden of ['UPDATE audit_entry SET n = 2', 'DELETE FROM audit_entry', 'TRUNCATE audit_entry', 'DROP TABLE audit_entry', 'ALTER TABLE audit_entry ADD COLUMN m int']) {
        await expect(run(db, forbidden)).rejects.toMatchObject({ code: '42501' });
      }
      await run(db, 'DROP TABLE other');
    });
  });
});
