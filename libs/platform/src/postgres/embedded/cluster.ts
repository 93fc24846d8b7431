import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresPasswords } from './passwords.js';
import type { Programs } from './programs.js';
import { StartProblem } from './start-problem.js';

const FIRST_START_BYTES = 200 * 1024 * 1024;

/** Makes the cluster `<home>/data` when it is missing, else checks that this release and these passwords fit. No server may run on it. */
export async function prepareCluster(home: string, programs: Programs, passwords: PostgresPasswords, onInstall: () => void): Promise<void> {
  const data = join(home, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    onInstall();
    return initialise(home, programs, passwords.superuser);
  }
  await checkVersion(data, programs);
  if (passwords.fresh) await resetSuperuser(data, programs, passwords.superuser);
}

async function initialise(home: string, programs: Programs, superuser: string): Promise<void> {
  const { bavail, bsize } = await statfs(home);
  if (bavail * bsize < FIRST_START_BYTES) throw new StartProblem('disk_full', `The disk of ${home} has less than 200 MB free: free some space, or set NEXORA_DATA_DIR to another disk`);
  const fresh = join(home, 'data.new'); // renamed when complete: a crash never leaves half a cluster
  const passwordFile = join(home, 'initial-password');
  await Promise.all([fresh, passwordFile].map((path) => rm(path, { recursive: true, force: true })));
  await writeFile(passwordFile, superuser, { mode: 0o600 });
  const { uid, gid } = programs.options;
  if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid);
  try {
    await programs.run('initdb', '-D', fresh, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '--no-instructions',
      '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8');
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, join(home, 'data'));
}

async function checkVersion(data: string, programs: Programs): Promise<void> {
  const [found, own] = await Promise.all([readFile(join(data, 'PG_VERSION'), 'utf8'), programs.run('postgres', '--version')]);
  const major = /(\d+)[.a-z]/.exec(own)?.[1];
  if (found.trim() === major) return;
  throw new StartProblem('wrong_version', `${data} was made by PostgreSQL ${found.trim()}, this is ${major}: dump it with the older release, or begin anew with --fresh`);
}

/** The password file was lost: whoever owns the folder may set a new one, in single-user mode, before the server listens. */
async function resetSuperuser(data: string, programs: Programs, superuser: string): Promise<void> {
  const child = spawn(programs.path('postgres'), ['--single', '-D', data, 'postgres'], { ...programs.options, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  child.stdin.end(`ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(superuser)}\n`);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || said.includes('ERROR')) {
    throw new StartProblem('failed', 'The password of the embedded PostgreSQL could not be set anew: restore keys/postgres.json from your backup');
  }
}
