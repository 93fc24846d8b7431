import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { StartProblem } from './embedded/start-problem.js';
import { ensureSchemaRole, urlForRole, type SchemaRole } from './roles.js';

/** The lock that `prisma migrate` takes too: never two appliers in one database at once. */
const PRISMA_MIGRATE_LOCK = 72707369;
const LOCK_TIMEOUT_MS = 120_000;

/** Which folder goes into which schema, as whom. */
export interface MigrationOptions extends SchemaRole {
  /** Prisma's `migrations/`: one folder per migration with a `migration.sql`, applied in the order of their names. */
  readonly folder: URL;
  /**
   * Tables that even their service may only read and add to (`audit_entry`): after the migrations they belong to the administrator,
   * and the role keeps SELECT and INSERT.
   */
  readonly appendOnly?: readonly string[];
}

/**
 * Applies SQL folders as Prisma would, one transaction each, **as the schema's role**, and keeps Prisma's own `_prisma_migrations` in the
 * schema, so that `prisma migrate` goes on from there. Makes role and schema first, unless `adminUrl` is the role's own URL (a cluster
 * where an operator made them). Returns the names applied now. Refuses a folder that changed after it was applied, or one that failed half-way under another tool.
 */
export async function applyMigrations(adminUrl: string, { folder, appendOnly = [], ...owner }: MigrationOptions): Promise<string[]> {
  const ownUrl = decodeURIComponent(new URL(adminUrl).username) === owner.role;
  const migrations = await readMigrations(folder);
  if (!ownUrl) await withLock(adminUrl, (admin) => ensureSchemaRole(admin, owner));
  const applied = await withLock(ownUrl ? adminUrl : urlForRole(adminUrl, owner.role, owner.password), async (client) => {
    await client.query(`SET search_path TO ${pg.escapeIdentifier(owner.schema)}`);
    return applyPending(client, owner.schema, migrations);
  });
  if (!ownUrl && appendOnly.length > 0) await withLock(adminUrl, (admin) => takeOver(admin, owner, appendOnly));
  return applied;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  const names = (await readdir(base, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map(async (name) => {
    const sql = await readFile(new URL(`${encodeURIComponent(name)}/migration.sql`, base), 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  }));
}

async function withLock<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'nexora-migrate', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the statement in flight, or the next one, reports it
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}; SET statement_timeout = 0`);
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
    return await work(client);
  } finally {
    await client.end(); // also gives the lock back
  }
}

async function applyPending(client: pg.Client, schema: string, migrations: readonly Migration[]): Promise<string[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
    logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL');
  const known = new Map(rows.map((row) => [row.migration_name, row]));
  const applied: string[] = [];
  for (const { name, sql, checksum } of migrations) {
    const before = known.get(name);
    if (before) {
      if (before.checksum !== checksum) throw new StartProblem('failed', `Migration ${name} was changed after it was applied: run the version that made this database, or begin anew (npm start -- --fresh)`);
      if (before.finished_at === null) throw new StartProblem('failed', `Migration ${name} has failed before: repair the schema, then run prisma migrate resolve`);
      continue;
    }
    await applyOne(client, schema, { name, sql, checksum });
    applied.push(name);
  }
  return applied;
}

async function applyOne(client: pg.Client, schema: string, { name, sql, checksum }: Migration): Promise<void> {
  // Prisma writes it into a first migration. The schema is there, and the role has no right to make one.
  const createSchema = new RegExp(`^\\s*CREATE SCHEMA IF NOT EXISTS "?${schema}"?;`, 'gim');
  try {
    await client.query('BEGIN');
    await client.query(sql.replace(createSchema, ''));
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
      [randomUUID(), checksum, name]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`Migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

async function takeOver(admin: pg.Client, { schema, role }: SchemaRole, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    const name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
    await admin.query(`ALTER TABLE ${name} OWNER TO CURRENT_USER; REVOKE ALL ON ${name} FROM ${pg.escapeIdentifier(role)}; GRANT SELECT, INSERT ON ${name} TO ${pg.escapeIdentifier(role)}`);
  }
}
