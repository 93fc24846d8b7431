import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freeOffset } from './support/ports.js';
import { block, readmeBlocks } from './support/readme.js';
import { ROOT, type Demo } from './support/stack.js';
import { until } from './support/wait.js';

const run = promisify(execFile);
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'nexora-clone-'));
  await chmod(place, 0o755);
});
afterAll(async () => { await rm(place, { recursive: true, force: true }); });

interface Started { readonly child: ChildProcess; readonly lines: string[]; readonly exit: Promise<number | null> }

function shell(command: string, cwd: string, env: Record<string, string>): Started {
  const child = spawn('bash', ['-c', command], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false', ...env } });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n')));
  return { child, lines, exit: new Promise((resolve) => child.once('exit', resolve)) };
}

const direct = (dataDir: string, env: Record<string, string>, args = ''): Started => shell(`exec '${process.execPath}' '${join(ROOT, 'apps/standalone/dist/main.js')}' ${args}`, ROOT, { NEXORA_DATA_DIR: dataDir, ...env });
const ready = (started: Started, limitMs: number): Promise<boolean> =>
  until('the ready line', () => {
    if (started.child.exitCode !== null) throw new Error(started.lines.slice(-20).join('\n'));
    return Promise.resolve(started.lines.some((line) => line.includes('NexoraMail is ready')));
  }, limitMs);
/** As Ctrl-C in a terminal: the whole group gets the signal, the shell and npm too. Resolves when the last process of the group is gone. */
async function stop(started: Started): Promise<number | null> {
  const group = -(started.child.pid ?? 0);
  process.kill(group, 'SIGINT');
  const code = await started.exit;
  await until('the end of the whole group', () => Promise.resolve(!isAlive(group)), 30_000);
  return code;
}

function isAlive(group: number): boolean {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}

async function everyAddressAnswers(demo: Demo): Promise<void> {
  for (const url of [demo.dashboard_url, `${demo.api_url}/docs`, `${demo.api_url}/v1/openapi.json`, demo.sandbox_mx.http_url, `${demo.tracking_url}/healthz`]) {
    expect([url, (await fetch(url)).status]).toEqual([url, 200]);
  }
  expect((await stat(demo.smtp.ca_file)).isFile()).toBe(true);
}

describe('from a clone to the ready line', () => {
  // The cold half installs every package: CI does it, a developer's machine has done it.
  (process.env['CI'] ? test : test.skip)("a fresh clone is ready within 180 s by the README's command, and the README's curl gives 202", async () => {
    const clone = join(place, 'Klön mit Leerzeichen');
    await run('git', ['clone', '--quiet', ROOT, clone]);
    const offset = String(await freeOffset());
    const began = performance.now();
    const command = block(await readmeBlocks(), 'npm start');
    const started = shell(command, clone, { NEXORA_PORT_OFFSET: offset, CI: 'true' });
    try {
      await ready(started, 600_000);
      const seconds = (performance.now() - began) / 1000;
      console.info(`cold: ${seconds.toFixed(0)} s from clone to ready`);
      expect(seconds).toBeLessThan(180);
      const demo = JSON.parse(await readFile(join(clone, '.nexora/demo.json'), 'utf8')) as Demo;
      await everyAddressAnswers(demo);
    } finally {
      await stop(started);
    }
  }, 700_000);

  test('sec-S73: the second start is ready within 15 s, demo.json is complete and private, and the ready lines can be used as they are', async () => {
    const dataDir = join(place, 'mit Leerzeichen und Ümlaut', '.nexora');
    const env = { NEXORA_PORT_OFFSET: String(await freeOffset()) };
    const first = direct(dataDir, env);
    await ready(first, 60_000);
    expect(await stop(first)).toBe(0);
    const began = performance.now();
    const second = direct(dataDir, env);
    await ready(second, 15_000);
    expect(performance.now() - began).toBeLessThan(15_000);
    try {
      const demo = JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as Demo;
      expect((await stat(join(dataDir, 'demo.json'))).mode & 0o777).toBe(0o600);
      await everyAddressAnswers(demo);
      const curl = second.lines.find((line) => line.startsWith('curl ')) ?? '';
      const { stdout } = await run('bash', ['-c', curl.replace(/^curl /, "curl -s -o /dev/null -w '%{http_code}' ")]);
      expect(stdout).toBe('202');
    } finally {
      expect(await stop(second)).toBe(0);
    }
  }, 120_000);
});

describe('what is wrong at the start is one clear line, and nothing stays behind', () => {
  const problemOf = async (started: Started): Promise<string> => {
    expect(await started.exit).toBe(1);
    const told = started.lines.filter((line) => line.startsWith('NexoraMail could not start'));
    expect(told).toHaveLength(1);
    expect(started.lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
    return told[0] ?? '';
  };

  test('a port that is taken is named, with the variable that moves it', async () => {
    const offset = await freeOffset();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(8080 + offset, '127.0.0.1', resolve));
    try {
      const problem = await problemOf(direct(join(place, 'taken'), { NEXORA_PORT_OFFSET: String(offset) }));
      expect(problem).toContain(String(8080 + offset));
      expect(problem).toContain('NEXORA_PORT_OFFSET');
    } finally {
      server.close();
    }
  }, 60_000);

  test('a second start on the same folder is refused, naming the running one', async () => {
    const dataDir = join(place, 'twice');
    const first = direct(dataDir, { NEXORA_PORT_OFFSET: String(await freeOffset()) });
    await ready(first, 60_000);
    try {
      const problem = await problemOf(direct(dataDir, { NEXORA_PORT_OFFSET: String(await freeOffset()) }));
      expect(problem).toContain(String(first.child.pid));
    } finally {
      await stop(first);
    }
  }, 120_000);

  test('a folder that cannot be written is named', async () => {
    // A file where a folder must be: refuses root too.
    const blocked = join(place, 'blocked');
    await mkdir(blocked);
    await run('bash', ['-c', `: > '${join(blocked, 'file')}'`]);
    const problem = await problemOf(direct(join(blocked, 'file', '.nexora'), { NEXORA_PORT_OFFSET: String(await freeOffset()) }));
    expect(problem).toContain('NEXORA_DATA_DIR');
  }, 60_000);

  test('sec-A72: a test clock in production is refused', async () => {
    expect(await problemOf(direct(join(place, 'production'), { NEXORA_PORT_OFFSET: String(await freeOffset()), NEXORA_TEST_CLOCK: 'true', NODE_ENV: 'production' }))).toContain('NEXORA_TEST_CLOCK');
  }, 60_000);
});
