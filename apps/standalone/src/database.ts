import { applyMigrations, EmbeddedPostgres, SCHEMAS, type EmbeddedStep, type Keys, type Logger, type SchemaName } from '@nexoramail/platform';

/** A context's schema and where its migrations are. */
export interface SchemaMigrations {
  readonly schema: SchemaName;
  readonly folder: URL;
  readonly appendOnly?: readonly string[];
}

/** The database of this process: the embedded one, or a server of somebody else's at `DATABASE_URL`. */
export interface StandaloneDatabase {
  /** URL as the role that owns the schema. */
  url(schema: string): string;
  stop(): Promise<void>;
}

/** How the database is opened. */
export interface DatabaseOptions {
  readonly dataDir: string;
  readonly port: number;
  /** Administrator's URL of an external server; undefined: the embedded one. */
  readonly externalUrl: string | undefined;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly migrations: readonly SchemaMigrations[];
  readonly onProgress: (step: EmbeddedStep | 'migrating') => void;
}

/** Starts or reaches the server and brings every schema up to date, each as its own role. */
export async function openDatabase(options: DatabaseOptions): Promise<StandaloneDatabase> {
  const { externalUrl, dataDir, port, logger, keys, onProgress } = options;
  if (externalUrl !== undefined) {
    const passwords = Object.fromEntries(SCHEMAS.map((schema) => [schema, Buffer.from(keys.derive(`postgres-role-${schema}`, 24)).toString('base64url')])) as Record<SchemaName, string>;
    await migrate(externalUrl, (schema) => passwords[schema], options);
    return {
      url: (schema) => {
        const url = new URL(externalUrl);
        url.username = schema;
        url.password = passwords[schema as SchemaName];
        return url.href;
      },
      stop: () => Promise.resolve(),
    };
  }
  const server = await EmbeddedPostgres.start({ dataDir, port, logger, onProgress });
  try {
    await migrate(server.adminUrl, (schema) => server.password(schema), options);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: (schema) => server.url(schema as SchemaName), stop: () => server.stop() };
}

async function migrate(adminUrl: string, passwordOf: (schema: SchemaName) => string, { migrations, onProgress }: DatabaseOptions): Promise<void> {
  for (const { schema, folder, appendOnly } of migrations) {
    const applied = await applyMigrations(adminUrl, { schema, role: schema, password: passwordOf(schema), folder, ...(appendOnly && { appendOnly }) });
    if (applied.length > 0) onProgress('migrating');
  }
}
