import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ItemResult } from '@nexoramail/kernel';
import { testRuntime, usePostgres } from '@nexoramail/testing';
import type { BatchResult } from '../application/accept/submit-batch.js';
import type { AcceptedMessage } from '../application/ports/accept-ports.js';
import { aMessage } from '../fixtures/a-message.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts } from './build-accept.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual } = runtime;
let neighbours: Neighbours;
let accept: AcceptParts;
let unregister = (): void => undefined;

const one = (text: string) => ({ name: '', text });
const TABLES = ['message', 'recipient', 'queue', 'content', 'content_key', 'idempotency', 'outbox', 'account_key'];
const count = async (table: string): Promise<number> => (await postgres.db.query<{ n: number }>(one(`SELECT count(*)::int AS n FROM ${table}`))).rows[0]?.n ?? -1;
const counts = (): Promise<number[]> => Promise.all(TABLES.map(count));
const used = async (): Promise<number> => (await postgres.db.query<{ used: number }>(one('SELECT used::int AS used FROM gate'))).rows[0]?.used ?? -1;
const codes = (results: readonly (BatchResult | ItemResult<AcceptedMessage>)[]): string[] => results.map((result) => (!result ? '-' : result.kind === 'ok' ? (result.value.replayed ? 'replay' : 'ok') : result.error.code));

beforeEach(async () => {
  unregister();
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  neighbours = new Neighbours();
  unregister = neighbours.register(runtime.rpc);
  accept = buildAccept(runtime, postgres.db, buildContent(runtime, postgres.db), new PgSwitches(postgres.db, runtime.monotonic));
});

describe('an atomic batch', () => {
  test('is stored whole, suppressed recipients as such', async () => {
    neighbours.suppressed.add('gone@sandbox.test');
    const batch = [aMessage(ids), aMessage(ids, { to: ['gone@sandbox.test'] }), aMessage(ids)];
    const results = await accept.batch.atomic(batch);
    expect(codes(results)).toEqual(['ok', 'ok', 'ok']);
    expect(results.map((result) => result?.kind === 'ok' && [result.value.messageId, result.value.status])).toEqual([[batch[0]?.id, 'queued'], [batch[1]?.id, 'suppressed'], [batch[2]?.id, 'queued']]);
    expect([await count('message'), await used()]).toEqual([3, 2]);
  });

  test('one refusal of Screen: nothing is stored, and only the faulty items say why', async () => {
    neighbours.refusedDomains.set('bad.example', 'domain_not_verified');
    const results = await accept.batch.atomic([aMessage(ids), aMessage(ids, { fromAddress: 'a@bad.example' }), aMessage(ids), aMessage(ids, { category: 'nonsense' })]);
    expect(codes(results)).toEqual(['-', 'domain_not_verified', '-', 'category_not_permitted']);
    expect(await counts()).toEqual(TABLES.map(() => 0));
  });

  test('a quota that holds but two of three: nothing is stored, nothing debited; then two fit', async () => {
    neighbours.limits = { ...neighbours.limits, messagesPerPeriod: 2n };
    expect(codes(await accept.batch.atomic([aMessage(ids), aMessage(ids), aMessage(ids)]))).toEqual(['-', '-', 'quota_exceeded']);
    expect([await count('message'), await count('outbox'), await used()]).toEqual([0, 0, 0]);
    expect(codes(await accept.batch.atomic([aMessage(ids), aMessage(ids)]))).toEqual(['ok', 'ok']);
    expect(await used()).toBe(2);
  });

  test('the same ids again are answered as before; the keys replay; another body is refused whole', async () => {
    const keyed = (hash: number) => ['k#0', 'k#1'].map((idempotencyKey) => aMessage(ids, { idempotencyKey, bodyHash: new Uint8Array(32).fill(hash) }));
    const batch = keyed(1);
    const first = await accept.batch.atomic(batch);
    const replay = await accept.batch.atomic(keyed(1));
    expect(codes(replay)).toEqual(['replay', 'replay']);
    expect(replay.map((result) => result?.kind === 'ok' && result.value.messageId)).toEqual(batch.map(({ id }) => id));
    expect(codes(await accept.batch.atomic(batch.map((message) => ({ ...message, idempotencyKey: '' }))))).toEqual(codes(first));
    expect(codes(await accept.batch.atomic(keyed(2)))).toEqual(['idempotency_key_reused', 'idempotency_key_reused']);
    expect([await count('message'), await used()]).toEqual([2, 2]);
  });

  test('20 at once under one set of keys: one batch is stored, all others replay it', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => accept.batch.atomic(['k#0', 'k#1'].map((idempotencyKey) => aMessage(ids, { idempotencyKey })))));
    expect(results.map((each) => codes(each).join()).sort()).toEqual(['ok,ok', ...Array.from({ length: 19 }, () => 'replay,replay')]);
    expect(await count('message')).toBe(2);
  });

  test('intake stopped or compliance away: all are to be repeated, nothing is stored', async () => {
    neighbours.away = true;
    expect(codes(await accept.batch.atomic([aMessage(ids), aMessage(ids)]))).toEqual(['temporarily_unavailable', 'temporarily_unavailable']);
    expect(await counts()).toEqual(TABLES.map(() => 0));
  });
});

describe('a partial batch', () => {
  test('answers each item; a key that is known with another body refuses all of them before anything is stored', async () => {
    neighbours.refusedDomains.set('bad.example', 'domain_not_verified');
    const keyed = (hash: number) => [0, 1, 2].map((i) => aMessage(ids, { idempotencyKey: `k#${i}`, bodyHash: new Uint8Array(32).fill(hash), ...(i === 1 && { fromAddress: 'a@bad.example' }) }));
    expect(codes(await accept.batch.partial(keyed(1)))).toEqual(['ok', 'domain_not_verified', 'ok']);
    expect(codes(await accept.batch.partial(keyed(1)))).toEqual(['replay', 'domain_not_verified', 'replay']);
    expect(codes(await accept.batch.partial(keyed(2)))).toEqual(Array.from({ length: 3 }, () => 'idempotency_key_reused'));
    expect([await count('message'), await used()]).toEqual([2, 2]);
  });
});

describe('a check', () => {
  const check = async (changes: Parameters<typeof aMessage>[1] = {}) => (await accept.check.execute([aMessage(ids, changes)]))[0] ?? [];
  const short = (rules: readonly { id: string; result: string }[]): string[] => rules.map(({ id, result }) => `${id} ${result}`);

  test('passes where the send would, and leaves nothing: no row, no debit, no hit of a rule', async () => {
    expect(short(await check({ idempotencyKey: 'k', scheduledAt: new Date(manual.now().getTime() + 86_400_000) }))).toEqual(['sender_domain pass', 'suppression pass', 'standing pass', 'quota pass']);
    expect(await counts()).toEqual(TABLES.map(() => 0));
    expect([await used(), neighbours.screened.length, neighbours.asked.length]).toEqual([0, 0, 1]);
  });

  test.each([
    ['a domain that is not verified', 'sender_domain', () => { neighbours.refusedDomains.set('acme.example', 'domain_not_verified'); }, ['fail', 'skip', 'skip', 'skip']],
    ['a suppressed recipient', 'suppression', () => { neighbours.suppressed.add('delivered@sandbox.test'); }, ['pass', 'fail', 'pass', 'pass']],
    ['a restricted account', 'standing', () => { neighbours.standing = 'restricted'; }, ['pass', 'pass', 'fail', 'skip']],
    ['a quota that is used up', 'quota', () => { neighbours.limits = { ...neighbours.limits, messagesPerPeriod: 0n }; }, ['pass', 'pass', 'pass', 'fail']],
  ] as const)('%s fails in %s, with a mend', async (_name, id, arrange, expected) => {
    arrange();
    const rules = await check();
    expect(rules.map(({ result }) => result)).toEqual(expected);
    const failed = rules.find(({ result }) => result === 'fail');
    expect([failed?.id, failed?.reason.length ?? 0, failed?.fix.length ?? 0]).toEqual([id, expect.any(Number), expect.any(Number)]);
    expect(failed?.fix).toMatch(/\/v1\//);
    expect(await count('message')).toBe(0);
  });

  test('what cannot be said is said so', async () => {
    neighbours.away = true;
    await expect(accept.check.execute([aMessage(ids)])).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });
});
