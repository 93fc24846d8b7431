import pg from 'pg';

/** A login role that owns what it makes in one schema, and sees no other. */
export interface SchemaRole {
  readonly schema: string;
  readonly role: string;
  readonly password: string;
}

/**
 * Makes or corrects the role and its schema, over an administrator's connection. Idempotent; safe to run from several processes at once.
 * The role may connect to this database and make things in its schema, and nothing else: PUBLIC loses its rights on the database and on `public`.
 */
export async function ensureSchemaRole(admin: pg.ClientBase, { schema, role, password }: SchemaRole): Promise<void> {
  const [schemaName, roleName, secret] = [pg.escapeIdentifier(schema), pg.escapeIdentifier(role), pg.escapeLiteral(password)];
  const { rows } = await admin.query<{ database: string; known: boolean; owner: string | null }>(
    `SELECT current_database() AS database, EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS known,
            (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = $2) AS owner`,
    [role, schema],
  );
  const found = rows[0];
  const database = pg.escapeIdentifier(found?.database ?? '');
  const rights = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${secret}`;
  await admin.query(`${found?.known ? 'ALTER' : 'CREATE'} ROLE ${roleName} WITH ${rights}`);
  await admin.query(`ALTER ROLE ${roleName} SET search_path = ${schemaName}`);
  await admin.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC; GRANT CONNECT ON DATABASE ${database} TO ${roleName}; REVOKE ALL ON SCHEMA public FROM PUBLIC`);
  // Not its owner: a schema's owner may drop every table in it, also one that only an administrator may change (append-only).
  if (found?.owner == null) await admin.query(`CREATE SCHEMA ${schemaName}`);
  else if (found.owner === role) await admin.query(`ALTER SCHEMA ${schemaName} OWNER TO CURRENT_USER`);
  await admin.query(`REVOKE ALL ON SCHEMA ${schemaName} FROM PUBLIC; GRANT USAGE, CREATE ON SCHEMA ${schemaName} TO ${roleName}`);
}

/** The same server and database, as another role. */
export function urlForRole(url: string, role: string, password: string): string {
  const target = new URL(url);
  target.username = encodeURIComponent(role);
  target.password = encodeURIComponent(password);
  return target.href;
}
