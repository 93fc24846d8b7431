import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EmbeddedPostgres } from '@nexoramail/platform';
import { ledger, type LedgerEntry } from './support/ledger.js';
import { freeOffset } from './support/ports.js';
import { smtpMessage, submissionSession, type RawSmtp } from './support/smtp.js';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

let folder: string;
let database: EmbeddedPostgres;
let stack: Stack;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nexora-db-'));
  port = 5433 + (await freeOffset());
  database = await EmbeddedPostgres.start({ dataDir: folder, port });
  stack = await Stack.start({ env: { DATABASE_URL: database.adminUrl } });
});
afterAll(async () => {
  await stack.stop();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

test('sec-F4: Postgres away for 20 s at 50 messages a second: clear refusals within 2 s, never a hang, back within 10 s, nothing lost', async () => {
  const entries: LedgerEntry[] = [];
  const refusals: { status: number; code: string; retryAfter: string | null; ms: number }[] = [];
  const errors: string[] = [];
  const pending = new Set<Promise<void>>();
  let n = 0;
  const one = async (): Promise<void> => {
    n += 1;
    const to = `delivered+db${n}@sandbox.test`;
    const began = performance.now();
    const { status, body, headers } = await stack.api('POST', '/v1/emails', stack.mail(to));
    const ms = performance.now() - began;
    if (status === 202) entries.push({ id: (body as { id: string }).id, to });
    else refusals.push({ status, code: (body as { code: string }).code, retryAfter: headers.get('retry-after'), ms });
  };
  const load = setInterval(() => {
    const call = one().catch((error: unknown) => void errors.push(String(error))).finally(() => pending.delete(call));
    pending.add(call);
  }, 20);
  try {
    await until('some mail', () => Promise.resolve(entries.length >= 50));
    const smtp: RawSmtp = await submissionSession(stack);
    await database.stop();
    const away = performance.now();
    await until('a refusal', () => Promise.resolve(refusals.length > 0), 5_000);
    const began = performance.now();
    const answer = await smtp.send('receipts@shop.nexora.test', ['delivered+dbsmtp@sandbox.test'], smtpMessage(stack, 'delivered+dbsmtp@sandbox.test'));
    expect(answer).toMatch(/^451 4\.3\.0|^454 4\.7\.0/);
    expect(performance.now() - began).toBeLessThan(2_500);
    smtp.close();
    await until('20 s to pass', () => Promise.resolve(performance.now() - away >= 20_000), 30_000);
    database = await EmbeddedPostgres.start({ dataDir: folder, port });
    const back = performance.now();
    const before = entries.length;
    await until('mail to be taken again', () => Promise.resolve(entries.length > before), 10_000);
    expect(performance.now() - back).toBeLessThan(10_000);
    await until('steady mail', () => Promise.resolve(entries.length > before + 50), 10_000);
  } finally {
    clearInterval(load);
  }
  await Promise.all(pending);
  expect(errors).toEqual([]);
  expect(refusals.length).toBeGreaterThan(100);
  expect(new Set(refusals.map(({ status, code }) => `${status} ${code}`))).toEqual(new Set(['503 temporarily_unavailable']));
  expect(refusals.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
  expect(Math.max(...refusals.map(({ ms }) => ms))).toBeLessThan(2_500);
  expect(await ledger(stack, entries)).toMatchObject({ lost: [], unsettled: [] });
}, 180_000);
