import { join } from 'node:path';
import { systemRandom, type Random } from '@nexoramail/kernel';
import { KeyFolder, KeyFolderError } from '../../keys/key-folder.js';

const FILE = 'postgres.json';

/** The schemas of the product, each with a role of the same name. */
export const SCHEMAS = ['accounts', 'mail', 'tracking', 'compliance', 'webhooks'] as const;

/** Name of a schema and of the role that owns it. */
export type SchemaName = (typeof SCHEMAS)[number];

/** Passwords of the embedded server: `<dataDir>/keys/postgres.json`, mode 0600. Never logged. */
export interface PostgresPasswords {
  readonly superuser: string;
  readonly roles: Readonly<Record<SchemaName, string>>;
  /** Made just now: a cluster that is there already has other ones. */
  readonly fresh: boolean;
}

/** Reads the passwords, or makes them: 192 random bits each. */
export function loadPasswords(dataDir: string, random: Random = systemRandom): PostgresPasswords {
  const folder = new KeyFolder(join(dataDir, 'keys'));
  const fresh = !folder.has(FILE);
  const password = (): string => Buffer.from(random.bytes(24)).toString('base64url');
  if (fresh) folder.create(FILE, `${JSON.stringify({ superuser: password(), roles: Object.fromEntries(SCHEMAS.map((schema) => [schema, password()])) }, null, 2)}\n`);
  return { ...parse(folder.read(FILE), join(folder.path, FILE)), fresh };
}

function parse(text: string, path: string): Omit<PostgresPasswords, 'fresh'> {
  const damaged = new KeyFolderError(`${path} is damaged: remove it, new passwords are made at the next start`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged;
  }
  const { superuser, roles } = (value ?? {}) as { superuser?: unknown; roles?: Partial<Record<SchemaName, unknown>> };
  if (typeof superuser !== 'string' || !SCHEMAS.every((schema) => typeof roles?.[schema] === 'string')) throw damaged;
  return { superuser, roles: roles as Record<SchemaName, string> };
}
