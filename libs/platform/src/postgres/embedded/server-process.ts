import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fchownSync, openSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from './processes.js';
import type { Programs } from './programs.js';
import { serverSettings } from './server-settings.js';
import { portTaken, startProblemOf } from './start-problem.js';

const LOG_BYTES = 10 * 1024 * 1024;
/** Crash recovery replays at most max_wal_size; on a slow disk that takes minutes. */
const READY_TIMEOUT_MS = 600_000;
const READY_LOOK_MS = 25;
const SLOW_MS = 2000;
const ATTEMPTS = 4;

/** One running server of a cluster. */
export class ServerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts the server and waits until it takes connections. Repeats, as after a kill -9 the former server's children need a moment to end. */
  static async start(home: string, port: number, programs: Programs, onSlow: () => void): Promise<ServerProcess> {
    for (let attempt = 1; ; attempt += 1) {
      if (await isPortTaken(port)) throw portTaken(port);
      try {
        return new ServerProcess(await launch(home, port, programs, onSlow));
      } catch (error) {
        const problem = startProblemOf(error, home);
        if (problem.reason !== 'failed' || attempt === ATTEMPTS) throw problem;
        await pause(500);
      }
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Calls `listener` when the server has ended, for whatever reason, also when it has already. */
  onEnd(listener: () => void): void {
    if (this.ended) queueMicrotask(listener);
    else this.child.once('exit', listener);
  }

  /** Cuts sessions, writes a checkpoint, ends; after 25 s without the checkpoint. */
  async stop(): Promise<void> {
    if (this.ended) return;
    const exited = once(this.child, 'exit');
    this.child.ref();
    this.child.kill('SIGINT');
    const harder = setTimeout(() => this.child.kill('SIGQUIT'), 25_000);
    await exited;
    clearTimeout(harder);
  }

  private get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

async function launch(home: string, port: number, programs: Programs, onSlow: () => void): Promise<ChildProcess> {
  const [data, logFile] = [join(home, 'data'), join(home, 'postgres.log')];
  const size = await stat(logFile).then((file) => file.size, () => 0);
  if (size > LOG_BYTES) await rename(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  const { uid, gid } = programs.options;
  if (uid !== undefined && gid !== undefined) fchownSync(log, uid, gid); // the cluster's owner may start it next time
  // A session of its own: Ctrl-C ends us, and we end the server when nothing needs it any more.
  const child = spawn(programs.path('postgres'), ['-D', data, ...serverSettings(port)], { ...programs.options, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended ??= `PostgreSQL ended (${signal ?? code})`));
  const slow = setTimeout(onSlow, SLOW_MS);
  try {
    for (const giveUp = performance.now() + READY_TIMEOUT_MS; !(await isReady(data, child.pid)); await pause(READY_LOOK_MS)) {
      if (ended !== undefined) throw new Error(`${ended}\n${(await readFile(logFile).catch(() => Buffer.alloc(0))).subarray(size > LOG_BYTES ? 0 : size).toString().trim()}`);
      if (performance.now() < giveUp) continue;
      child.kill('SIGQUIT');
      throw new Error('PostgreSQL did not become ready within 10 minutes');
    }
  } finally {
    clearTimeout(slow);
  }
  return child;
}

async function isReady(data: string, pid: number | undefined): Promise<boolean> {
  const lines = await postmasterPid(data);
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}

const postmasterPid = async (data: string): Promise<string[]> => (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');

/** Ends a server whose holder was killed, and waits for it; postmaster.pid names it. */
export async function endOrphan(home: string): Promise<void> {
  const data = join(home, 'data');
  const pid = Number((await postmasterPid(data))[0]);
  if (!(pid > 0) || !(await isServer(pid, data))) return;
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // it ended meanwhile
    }
  };
  signal('SIGINT');
  for (let waited = 0; (await isServer(pid, data)) && waited < 40_000; waited += 50) {
    if (waited === 20_000) signal('SIGQUIT');
    await pause(50);
  }
}

/** A postmaster.pid may be left over, and its number belong to another process by now. */
async function isServer(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  // Empty for a zombie. The server's title shows its arguments.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes('postgres') && command.includes(data);
}

function isPortTaken(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'EADDRINUSE' || error.code === 'EACCES'));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => answer(false)));
  });
}
