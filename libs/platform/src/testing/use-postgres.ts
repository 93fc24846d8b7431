import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { Database } from '../postgres/database.js';
import { applyMigrations } from '../postgres/migrations.js';
import { urlForRole } from '../postgres/roles.js';

const TEMPLATE_LOCK = 72707370;
const PASSWORD = 'test';
const START_TIMEOUT_MS = 60_000;

/** A database of a spec file's own; its properties may be read from inside tests and hooks only. */
export interface TestPostgres {
  /** The schema role's pool. */
  readonly db: Database;
  /** The schema role's URL, for further pools, Prisma and `psql`. */
  readonly url: string;
  /** The superuser's URL of the same database: for faults (`pg_terminate_backend`) and for a second schema. */
  readonly adminUrl: string;
  /** Empties all tables of the schema but the migrations' history. */
  truncate(): Promise<void>;
}

/** What the database holds. */
export interface UsePostgresOptions {
  readonly schema: string;
  /** The context's `prisma/migrations/` folder. */
  readonly migrations: URL;
  readonly appendOnly?: readonly string[];
  /** Connections of `db`; 10 unless told. */
  readonly max?: number;
}

/**
 * Gives a spec file its own database, cloned from a template that the first file of the run migrates, and drops it at the end. The server
 * is the one that `tools/jest.mjs` starts. Fails, never skips, when there is none.
 */
export function usePostgres(options: UsePostgresOptions): TestPostgres {
  let started: { db: Database; url: string; adminUrl: string; name: string } | undefined;
  const state = () => {
    if (started === undefined) throw new Error('usePostgres: the database exists from beforeAll to afterAll only; read .db inside a test or hook');
    return started;
  };
  beforeAll(async () => {
    const template = await ensureTemplate(options);
    const name = `t_${options.schema}_${randomBytes(6).toString('hex')}`;
    // A clone has the template's owners and schema rights, but not its rights on the database.
    await withAdmin(async (admin) => {
      await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC; GRANT CONNECT ON DATABASE ${name} TO ${pg.escapeIdentifier(options.schema)}`);
    });
    const adminUrl = inDatabase(serverUrl(), name);
    const url = urlForRole(adminUrl, options.schema, PASSWORD);
    started = { name, adminUrl, url, db: Database.open({ url, schema: options.schema, ...(options.max !== undefined && { max: options.max }) }) };
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    if (started === undefined) return;
    const { name, db } = started;
    await db.close();
    await withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  }, START_TIMEOUT_MS);
  return {
    get db() { return state().db; },
    get url() { return state().url; },
    get adminUrl() { return state().adminUrl; },
    truncate: () => truncateAll(state().adminUrl, options.schema),
  };
}

/** A further empty database on the test server, without any schema; dropped by the caller's `drop()`. */
export async function createTestDatabase(): Promise<{ adminUrl: string; drop(): Promise<void> }> {
  const name = `t_${randomBytes(8).toString('hex')}`;
  await withAdmin((admin) => admin.query(`CREATE DATABASE ${name}`));
  return { adminUrl: inDatabase(serverUrl(), name), drop: async () => void (await withAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))) };
}

/** Runs work on a fresh administrator's connection to `url` (the server's own database unless told). */
export async function withAdmin<T>(work: (client: pg.Client) => Promise<T>, url: string = serverUrl()): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'nexora-test' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureTemplate({ schema, migrations, appendOnly = [] }: UsePostgresOptions): Promise<string> {
  const name = `template_${schema}_${await fingerprint(migrations, appendOnly)}`;
  return withAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]); // spec files of one run start side by side
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      const draft = `${name}_new`; // renamed when complete: a failed migration leaves no half template
      await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
      await admin.query(`CREATE DATABASE ${draft}`);
      await applyMigrations(inDatabase(serverUrl(), draft), { schema, folder: migrations, role: schema, password: PASSWORD, appendOnly });
      await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    }
    return name;
  });
}

async function fingerprint(folder: URL, appendOnly: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(appendOnly.join());
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  const names = (await readdir(base, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const name of names.sort()) hash.update(name).update(await readFile(new URL(`${encodeURIComponent(name)}/migration.sql`, base)));
  return hash.digest('hex').slice(0, 16);
}

async function truncateAll(adminUrl: string, schema: string): Promise<void> {
  await withAdmin(async (admin) => {
    const { rows } = await admin.query<{ tables: string | null }>(
      `SELECT string_agg(c.oid::regclass::text, ', ') AS tables FROM pg_class c WHERE c.relnamespace = $1::regnamespace
         AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_prisma_migrations'`, [schema]);
    if (rows[0]?.tables) await admin.query(`TRUNCATE ${rows[0].tables} RESTART IDENTITY CASCADE`);
  }, adminUrl);
}

function serverUrl(): string {
  const url = process.env['NEXORA_TEST_POSTGRES_URL'];
  if (!url) throw new Error('usePostgres: no server. Run specs by `node ../../tools/jest.mjs`, or set NEXORA_TEST_POSTGRES_URL to a superuser URL');
  return url;
}

function inDatabase(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
