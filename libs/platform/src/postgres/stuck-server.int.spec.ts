import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isCommitUnknown } from './database-error.js';
import { Database } from './database.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';

// A server of its own: it is paused as a whole.
let root: string;
let server: EmbeddedPostgres;
let db: Database;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nexora-stuck-'));
  chmodSync(root, 0o755);
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  server = await EmbeddedPostgres.start({ dataDir: join(root, '.nexora'), port });
  db = Database.open({ url: server.adminUrl, schema: 'public', max: 4 });
}, 60_000);
afterAll(async () => {
  await db.close();
  await server.stop();
  await EmbeddedPostgres.remove(join(root, '.nexora'));
  rmSync(root, { recursive: true, force: true });
}, 60_000);

const sleepFor = { name: 'sleep_for', text: 'SELECT pg_sleep($1)' };
const signalAll = (signal: NodeJS.Signals): void => {
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ').map(Number);
  for (const pid of [server.pid ?? 0, ...children]) process.kill(pid, signal);
};

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('sec-F5: a paused server is temporarily_unavailable after about 2 s, on old and new connections alike; awake, it serves again', async () => {
  await db.query(sleepFor, [0]);
  signalAll('SIGSTOP');
  const began = performance.now();
  try {
    const errors = await Promise.all([
      ...Array.from({ length: 6 }, () => db.query(sleepFor, [0])),
      db.transaction((tx) => tx.query(sleepFor, [0])),
    ].map((attempt) => attempt.then(() => undefined, (error: unknown) => error)));
    expect(errors.map((error) => (error as { code?: string } | undefined)?.code)).toEqual(Array(7).fill('temporarily_unavailable'));
    expect(isCommitUnknown(errors[0])).toBe(true);
    expect(performance.now() - began).toBeLessThan(4000);
  } finally {
    signalAll('SIGCONT');
  }
  expect((await db.query(sleepFor, [0])).rowCount).toBe(1);
}, 30_000);

test('a statement that is slow on a server that answers is left alone', async () => {
  expect((await db.query(sleepFor, [3])).rowCount).toBe(1);
}, 30_000);
