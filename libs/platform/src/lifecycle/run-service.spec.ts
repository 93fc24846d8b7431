import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

describe('runService', () => {
  let dir: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nexora-service-'));
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });

  /** Starts the process; `line` resolves with the first line of stdout that holds a text. */
  function start(manner: string, variables: Record<string, string> = {}): { line: (text: string) => Promise<string>; exit: Promise<number | null>; stderr: () => string } {
    const service = fileURLToPath(new URL('fixtures/service.mjs', import.meta.url));
    const process_ = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', service, manner], { env: { PATH: process.env['PATH'], NEXORA_DATA_DIR: dir, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
    child = process_;
    let [out, err] = ['', ''];
    process_.stderr.on('data', (part: Buffer) => (err += part.toString()));
    const waiting = new Set<() => void>();
    process_.stdout.on('data', (part: Buffer) => {
      out += part.toString();
      for (const look of waiting) look();
    });
    const line = (text: string): Promise<string> => new Promise((resolve, reject) => {
      const look = (): void => {
        const found = out.split('\n').find((candidate) => candidate.includes(text));
        if (found !== undefined) resolve(found);
      };
      waiting.add(look);
      look();
      process_.once('close', () => reject(new Error(`It ended without a line "${text}": ${out}${err}`)));
    });
    return { line, exit: once(process_, 'close').then(([code]) => code as number | null), stderr: () => err };
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  test('serves health and metrics, drains on SIGTERM and exits 0', async () => {
    const port = await freePort();
    const service = start('run', { NEXORA_METRICS_PORT: String(port - 3), NEXORA_PORT_OFFSET: '3' });
    expect(JSON.parse(await service.line('Service started'))).toMatchObject({ level: 'info', service: 'spec-service', msg: 'Service started' });
    expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ready', failing: [] });
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('process_resident_memory_bytes');
    child?.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(service.stderr()).toBe('');
  }, 30_000);

  test('what is wrong at the start is one line, exit 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cases: [string, Record<string, string>, string][] = [
      ['run', { NEXORA_METRICS_PORT: 'many' }, 'spec-service: The configuration is not valid: NEXORA_METRICS_PORT must be a whole number, at least 0 and at most 65535\n'],
      ['run', { NEXORA_METRICS_PORT: String(port) }, `spec-service: Port ${port} is taken by another program: end it, or set NEXORA_PORT_OFFSET to shift all ports\n`],
      ['run', { NEXORA_METRICS_PORT: '0', NEXORA_FAULTS: 'a:kill', NODE_ENV: 'production' }, 'spec-service: The configuration is not valid: NEXORA_FAULTS must not be set when NODE_ENV=production\n'],
      ['refuse', { NEXORA_METRICS_PORT: '0' }, 'spec-service: Postgres is away.\n'],
      ['database', { NEXORA_METRICS_PORT: '0' }, 'spec-service: The configuration is not valid: DATABASE_URL is not set; it must name the database of the role that owns the schema mail\n'],
    ];
    for (const [manner, variables, message] of cases) {
      const service = start(manner, variables);
      expect([await service.exit, service.stderr()]).toEqual([1, message]);
    }
    await new Promise((resolve) => server.close(resolve));
  }, 60_000);

  test('a defect ends the process, with a line that says so', async () => {
    const service = start('crash', { NEXORA_METRICS_PORT: '0' });
    expect(JSON.parse(await service.line('A defect ends the process'))).toMatchObject({ level: 'error', err: { name: 'TypeError', message: 'a defect' } });
    expect(await service.exit).toBe(1);
  }, 30_000);
});
