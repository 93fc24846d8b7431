import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { startTimeOf } from './processes.js';
import type { StartProblem } from './start-problem.js';

let root: string;
let port: number;
let running: EmbeddedPostgres[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'nexora-embedded-'));
  chmodSync(root, 0o755);
  running = [];
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  port = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
});

afterEach(async () => {
  for (const server of running) await server.stop();
  await EmbeddedPostgres.remove(join(root, 'Größe & Maß')).catch(() => undefined);
  rmSync(root, { recursive: true, force: true });
}, 60_000);

const dataDir = (): string => join(root, 'Größe & Maß');

async function start(folder = dataDir(), steps: string[] = []): Promise<EmbeddedPostgres> {
  const server = await EmbeddedPostgres.start({ dataDir: folder, port, onProgress: (step) => steps.push(step) });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const problem = (attempt: Promise<unknown>): Promise<StartProblem> => attempt.then(() => { throw new Error('it started'); }, (error: StartProblem) => error);
const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
};

describe('first and later starts', () => {
  test('keeps data and passwords over a restart, in a path with spaces and umlauts; flushes what it acknowledges', async () => {
    const steps: string[] = [];
    const first = await start(dataDir(), steps);
    await ask(first.adminUrl, 'CREATE TABLE t AS SELECT 42 AS n');
    expect(await ask(first.adminUrl, `SELECT current_database() AS db, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync, current_setting('TimeZone') AS tz`))
      .toEqual([{ db: 'nexora', fsync: 'on', sync: 'on', tz: 'UTC' }]);
    const password = first.password('mail');
    await first.stop();
    const second = await start(dataDir(), steps);
    expect(await ask(second.adminUrl, 'SELECT n FROM t')).toEqual([{ n: 42 }]);
    expect(second.password('mail')).toBe(password);
    expect(steps).toEqual(['installing']);
    expect(statSync(join(dataDir(), 'keys', 'postgres.json')).mode & 0o777).toBe(0o600);
  }, 60_000);

  test('asks for a password', async () => {
    const server = await start();
    const url = new URL(server.adminUrl);
    url.password = 'wrong';
    await expect(ask(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  }, 60_000);

  test('a lost password file is made anew, the data stay', async () => {
    const first = await start();
    await ask(first.adminUrl, 'CREATE TABLE t AS SELECT 1 AS n');
    await first.stop();
    rmSync(join(dataDir(), 'keys', 'postgres.json'));
    expect(await ask((await start()).adminUrl, 'SELECT n FROM t')).toEqual([{ n: 1 }]);
  }, 60_000);

  test('remove() takes the cluster and a later start begins anew', async () => {
    const first = await start();
    await ask(first.adminUrl, 'CREATE TABLE t ()');
    expect((await problem(EmbeddedPostgres.remove(dataDir()))).reason).toBe('in_use');
    await first.stop();
    await EmbeddedPostgres.remove(dataDir());
    expect(existsSync(join(dataDir(), 'postgres'))).toBe(false);
    await expect(ask((await start()).adminUrl, 'SELECT FROM t')).rejects.toMatchObject({ code: '42P01' });
  }, 60_000);

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('below a folder closed to others the cluster lives elsewhere, behind a link that remove() follows', async () => {
    const closed = join(root, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const server = await start(join(closed, '.nexora'));
    expect(await ask(server.adminUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    const link = join(closed, '.nexora', 'postgres');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    await server.stop();
    await EmbeddedPostgres.remove(join(closed, '.nexora'));
    expect(existsSync(link)).toBe(false);
  }, 60_000);
});

describe('one holder', () => {
  test('a second start is refused and names the process; a stop lets go', async () => {
    const first = await start();
    const refusal = await problem(EmbeddedPostgres.start({ dataDir: dataDir(), port }));
    expect(refusal.reason).toBe('in_use');
    expect(refusal.message).toContain(`process ${process.pid}`);
    expect(await ask(first.adminUrl, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await first.stop();
    expect(existsSync(join(dataDir(), 'holder.pid'))).toBe(false);
  }, 60_000);

  test('a process id that another process has now does not refuse a start', async () => {
    mkdirSync(dataDir(), { recursive: true });
    const stranger = spawn('sleep', ['60']);
    writeFileSync(join(dataDir(), 'holder.pid'), `${stranger.pid}\nanother boot/1\n`);
    await start();
    expect(readFileSync(join(dataDir(), 'holder.pid'), 'utf8')).toBe(`${process.pid}\n${startTimeOf(process.pid)}\n`);
    stranger.kill();
  }, 60_000);

  test('an orphan, whose holder was killed, is ended by the next start and recovered', async () => {
    const first = await start();
    await ask(first.adminUrl, 'CREATE TABLE t AS SELECT 7 AS n');
    const orphan = first.pid;
    rmSync(join(dataDir(), 'holder.pid')); // as if this process were another one
    running = [];
    const second = await start();
    expect(second.pid).not.toBe(orphan);
    expect(await ask(second.adminUrl, 'SELECT n FROM t')).toEqual([{ n: 7 }]);
    await first.stop();
  }, 60_000);
});

describe('faults', () => {
  test('a server that was killed comes back by itself within 10 s, with what it had acknowledged', async () => {
    const server = await start();
    await ask(server.adminUrl, 'CREATE TABLE t AS SELECT 1 AS n');
    const killed = server.pid ?? 0;
    const began = performance.now();
    process.kill(killed, 'SIGKILL');
    await until(async () => server.pid !== undefined && server.pid !== killed && (await ask(server.adminUrl, 'SELECT n FROM t').then(() => true, () => false)));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await ask(server.adminUrl, 'SELECT n FROM t')).toEqual([{ n: 1 }]);
  }, 60_000);

  test('a stop during the restart leaves nothing running', async () => {
    const server = await start();
    process.kill(server.pid ?? 0, 'SIGQUIT');
    await until(() => server.pid === undefined);
    await server.stop();
    await expect(ask(server.adminUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  }, 60_000);

  test('a taken port is one clear line, and nothing is left', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const refusal = await problem(start());
    expect([refusal.reason, refusal.message]).toEqual(['port_taken', `Port ${port} is taken by another program: set NEXORA_POSTGRES_PORT, or NEXORA_PORT_OFFSET to shift all ports`]);
    expect(existsSync(join(dataDir(), 'holder.pid'))).toBe(false);
    other.close();
  }, 60_000);

  test('a data folder that cannot be made is one clear line', async () => {
    writeFileSync(join(root, 'file'), '');
    const refusal = await problem(start(join(root, 'file', '.nexora')));
    expect([refusal.reason, refusal.message.includes('cannot be written')]).toEqual(['folder_not_writable', true]);
  });

  test('a cluster of another release is refused with a hint', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir(), 'postgres', 'data', 'PG_VERSION'), '17\n');
    expect(await problem(start())).toMatchObject({ reason: 'wrong_version' });
  }, 60_000);
});
