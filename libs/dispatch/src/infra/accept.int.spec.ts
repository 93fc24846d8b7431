import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MailEvent } from '@nexoramail/contracts';
import { testRuntime, usePostgres } from '@nexoramail/testing';
import { aMessage, ACME, OTHER } from '../fixtures/a-message.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts, type ContentParts } from './build-accept.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual } = runtime;
let neighbours: Neighbours;
let accept: AcceptParts;
let content: ContentParts;
let unregister = (): void => undefined;

const one = (text: string) => ({ name: '', text });
const count = async (table: string): Promise<number> => (await postgres.db.query<{ n: number }>(one(`SELECT count(*) AS n FROM ${table}`))).rows[0]?.n ?? -1;

/** The accepting half of one more replica. */
function replica(): AcceptParts {
  return buildAccept(runtime, postgres.db, buildContent(runtime, postgres.db), new PgSwitches(postgres.db, runtime.monotonic));
}

function build(): void {
  content = buildContent(runtime, postgres.db);
  accept = buildAccept(runtime, postgres.db, content, new PgSwitches(postgres.db, runtime.monotonic));
}

beforeAll(() => { neighbours = new Neighbours(); });
beforeEach(async () => {
  unregister();
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  neighbours = new Neighbours();
  unregister = neighbours.register(runtime.rpc);
  build();
});

describe('accept', () => {
  test('one commit holds message, recipients, queue, sealed content and one outbox row', async () => {
    neighbours.suppressed.add('gone@sandbox.test');
    const message = aMessage(ids, { to: ['a@sandbox.test', 'gone@sandbox.test'] });
    const [result] = await accept.submit.execute([message]);
    expect(result).toMatchObject({
      kind: 'ok',
      value: {
        messageId: message.id, status: 'processing', replayed: false, messageIdHeader: `<${message.id}@acme.example>`,
        recipients: [{ address: 'a@sandbox.test', status: 'queued', reason: '' }, { address: 'gone@sandbox.test', status: 'suppressed', reason: 'recipient_suppressed' }],
      },
    });
    expect([await count('message'), await count('recipient'), await count('queue'), await count('content'), await count('content_key')]).toEqual([1, 2, 1, 1, 1]);
    const { rows } = await postgres.db.query<{ payload: Buffer; key: string; type: string }>(one('SELECT payload, key, type FROM outbox'));
    expect(rows).toHaveLength(1);
    const event = MailEvent.decode(rows[0]?.payload ?? new Uint8Array());
    expect(event.steps.map(({ type, recipientIndex }) => [type, recipientIndex])).toEqual([['email.accepted', 0], ['email.accepted', 1], ['email.queued', 0], ['email.suppressed', 1]]);
    expect(event.accepted).toMatchObject({ id: message.id, mode: 'live', source: 'rest' });
    expect(event.accepted?.subject).toBeUndefined();
    expect((await postgres.db.query<{ used: number }>(one('SELECT used FROM gate'))).rows).toEqual([{ used: 1 }]);
  });

  test('content and subject are sealed: neither stands in any row, and only account and epoch key together open them', async () => {
    const message = aMessage(ids, { subject: 'canary-subject' });
    await accept.submit.execute([message]);
    const { rows } = await postgres.db.query<{ bytes: Buffer; wrapped: Buffer; epoch_id: string; subject: Buffer }>(
      one('SELECT c.bytes, k.wrapped, k.epoch_id, m.subject FROM content c JOIN content_key k ON k.message_id = c.message_id JOIN message m ON m.id = c.message_id'));
    const { rows: outbox } = await postgres.db.query<{ payload: Buffer }>(one('SELECT payload FROM outbox'));
    expect(outbox.map(({ payload }) => payload.includes('canary-subject'))).toEqual([false]);
    const [row] = rows;
    if (!row) throw new Error('no row');
    expect(row.bytes.includes('Hello')).toBe(false);
    expect(row.subject.includes('canary')).toBe(false);
    const key = await content.cipher.dataKey(ACME, message.id, row.epoch_id, row.wrapped);
    expect(content.cipher.openSubject(ACME, message.id, key, row.subject)).toBe('canary-subject');
    expect(Buffer.from(content.cipher.openContent(ACME, message.id, key, [row.bytes])).includes('Hello')).toBe(true);
    expect(() => content.cipher.openContent(ACME, ids.uuid(), key, [row.bytes])).toThrow();
    await content.vault.destroy(row.epoch_id);
    const fresh = buildContent(runtime, postgres.db);
    await expect(fresh.cipher.dataKey(ACME, message.id, row.epoch_id, row.wrapped)).rejects.toMatchObject({ code: 'content_purged' });
  });

  test('the same ids again are answered as accepted, without a second row or debit', async () => {
    const message = aMessage(ids);
    const [first] = await accept.submit.execute([message]);
    const [second] = await accept.submit.execute([message]);
    expect(second).toEqual(first);
    expect([await count('message'), await count('outbox')]).toEqual([1, 1]);
    expect((await postgres.db.query<{ used: number }>(one('SELECT used FROM gate'))).rows).toEqual([{ used: 1 }]);
  });

  test('sec-A57: 200 parallel sends under one key make one message and one answer; another body is refused; accounts are apart; 24 h later it is new', async () => {
    const sends = Array.from({ length: 200 }, () => aMessage(ids, { idempotencyKey: 'k1' }));
    const replicas = [accept, replica(), replica(), replica()];
    const results = await Promise.all(sends.map(async (message, i) => (await replicas[i % 4]?.submit.execute([message]))?.[0]));
    const answers = new Set(results.map((result) => (result?.kind === 'ok' ? result.value.messageId : result?.error.code)));
    expect(answers.size).toBe(1);
    expect(results.filter((result) => result?.kind === 'ok' && !result.value.replayed)).toHaveLength(1);
    expect(await count('message')).toBe(1);
    const [reused] = await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k1', bodyHash: new Uint8Array(32).fill(1) })]);
    expect(reused).toMatchObject({ kind: 'refused', error: { code: 'idempotency_key_reused' } });
    const [foreign] = await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k1', accountId: OTHER })]);
    expect(foreign).toMatchObject({ kind: 'ok', value: { replayed: false } });
    manual.advance(24 * 3_600_000 + 1);
    const [later] = await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k1' })]);
    expect(later).toMatchObject({ kind: 'ok', value: { replayed: false } });
  });

  test('a replay is answered even when Screen would refuse the message now', async () => {
    await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k2' })]);
    neighbours.refusedDomains.set('acme.example', 'domain_not_verified');
    expect((await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k2' })]))[0]).toMatchObject({ kind: 'ok', value: { replayed: true } });
    expect((await accept.submit.execute([aMessage(ids)]))[0]).toMatchObject({ kind: 'refused', error: { code: 'domain_not_verified' } });
  });

  test('sec-A56: 200 parallel sends at limit − 50 accept exactly 50 recipients', async () => {
    neighbours.limits = { ...neighbours.limits, messagesPerPeriod: 50n };
    const replicas = [accept, replica(), replica(), replica()];
    for (const one of replicas) await one.submit.execute([aMessage(ids, { mode: 'test' })]); // gate, keys and connections are there
    const results = await Promise.all(Array.from({ length: 200 }, async (_, i) => (await replicas[i % 4]?.submit.execute([aMessage(ids)]))?.[0]));
    expect(results.filter((result) => result?.kind === 'ok')).toHaveLength(50);
    const refusals = results.flatMap((result) => (result?.kind === 'refused' ? [result.error] : []));
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['quota_exceeded']));
    expect(refusals[0]?.retryAfterS).toBe(Math.ceil((neighbours.limits.periodEnd.getTime() - manual.now().getTime()) / 1000));
    expect([await count('queue') - 4, (await postgres.db.query<{ used: number }>(one('SELECT used FROM gate'))).rows[0]?.used]).toEqual([50, 50]);
  });

  test('a message fits the quota whole or not, and a smaller one behind it may still fit', async () => {
    neighbours.limits = { ...neighbours.limits, messagesPerPeriod: 3n };
    const to = (n: number): string[] => Array.from({ length: n }, (_, i) => `r${i}@sandbox.test`);
    const results = await accept.submit.execute([aMessage(ids, { to: to(2) }), aMessage(ids, { to: to(2) }), aMessage(ids, { to: to(1) })]);
    expect(results.map(({ kind }) => kind)).toEqual(['ok', 'refused', 'ok']);
  });

  test('the period rolls over at the first accept after its end, anchored so that the 31st stays', async () => {
    neighbours.limits = { messagesPerPeriod: 1n, periodStart: new Date('2026-01-31T00:00:00Z'), periodEnd: new Date('2026-02-28T00:00:00Z') };
    await accept.submit.execute([aMessage(ids)]);
    const { rows } = await postgres.db.query<{ period_start: Date; period_end: Date; used: number }>(one('SELECT period_start, period_end, used FROM gate'));
    const at = manual.now();
    expect(rows[0]?.used).toBe(1);
    expect((rows[0]?.period_start.getTime() ?? 0) <= at.getTime() && (rows[0]?.period_end.getTime() ?? 0) > at.getTime()).toBe(true);
    expect([rows[0]?.period_start.toISOString().slice(5, 10), rows[0]?.period_end.toISOString().slice(5, 10)]).toEqual(['02-28', '03-31']);
  });

  test.each([['restricted', 'live', 'sending_restricted'], ['suspended', 'live', 'account_suspended'], ['terminated', 'test', 'account_suspended'], ['sandbox', 'live', 'account_not_activated'], ['pending_review', 'live', 'account_not_activated']] as const)(
    'standing %s refuses %s mail as %s and leaves no row', async (standing, mode, code) => {
      neighbours.standing = standing;
      expect((await accept.submit.execute([aMessage(ids, { mode })]))[0]).toMatchObject({ kind: 'refused', error: { code } });
      expect([await count('message'), await count('queue'), await count('content'), await count('outbox')]).toEqual([0, 0, 0, 0]);
    });

  test('test mail debits no quota and needs no activation', async () => {
    neighbours.standing = 'pending_review';
    neighbours.limits = { ...neighbours.limits, messagesPerPeriod: 0n };
    expect((await accept.submit.execute([aMessage(ids, { mode: 'test' })]))[0]).toMatchObject({ kind: 'ok' });
    expect((await postgres.db.query<{ used: number }>(one('SELECT used FROM gate'))).rows).toEqual([{ used: 0 }]);
  });

  test('one bad item fails alone: its batch is repeated in halves', async () => {
    const bad = aMessage(ids, { fromHeader: 'nul \0 byte' });
    const results = await Promise.all([aMessage(ids), bad, aMessage(ids)].map(async (message) => (await accept.submit.execute([message]))[0]));
    expect(results.map((result) => result?.kind)).toEqual(['ok', 'retry', 'ok']);
    expect(await count('message')).toBe(2);
  });

  test('scheduled mail waits in its own state, in the partition of its day, under a key of its own', async () => {
    const scheduledAt = new Date(manual.now().getTime() + 20 * 86_400_000);
    const [result] = await accept.submit.execute([aMessage(ids, { scheduledAt })]);
    expect(result).toMatchObject({ kind: 'ok', value: { status: 'scheduled' } });
    const { rows } = await postgres.db.query<{ state: number; run_at: Date; expires_at: Date; release_day: string }>(one('SELECT state, run_at, expires_at, release_day FROM queue'));
    expect(rows[0]).toMatchObject({ state: 1, run_at: scheduledAt, expires_at: new Date(scheduledAt.getTime() + 48 * 3_600_000), release_day: scheduledAt.toISOString().slice(0, 10) });
    expect(await count(`message_${rows[0]?.release_day.replaceAll('-', '') ?? ''}`)).toBe(1);
    const [again] = await accept.submit.execute([aMessage(ids, { scheduledAt, orderingKey: 'x' })]);
    expect(again).toMatchObject({ kind: 'refused', error: { code: 'validation_failed' } });
  });

  test('messages of one ordering key wait for one another', async () => {
    const messages = Array.from({ length: 3 }, () => aMessage(ids, { orderingKey: 'cart-1' }));
    await accept.submit.execute(messages.slice(0, 2));
    await accept.submit.execute(messages.slice(2));
    const { rows } = await postgres.db.query<{ message_id: string; state: number; after_id: string | null }>(one('SELECT message_id, state, after_id FROM queue'));
    const byId = new Map(rows.map(({ message_id: id, state, after_id: after }) => [id, [state, after]]));
    expect(messages.map(({ id }) => byId.get(id))).toEqual([[0, null], [3, messages[0]?.id], [3, messages[1]?.id]]);
  });

  test('compliance away: retry, nothing stored; intake stopped: retry within a second', async () => {
    neighbours.away = true;
    expect((await accept.submit.execute([aMessage(ids)]))[0]).toMatchObject({ kind: 'retry', error: { code: 'temporarily_unavailable' } });
    expect(await count('message')).toBe(0);
    neighbours.away = false;
    await postgres.db.query(one('UPDATE switches SET intake_stopped = true'));
    build();
    expect((await accept.submit.execute([aMessage(ids)]))[0]).toMatchObject({ kind: 'retry', error: { code: 'temporarily_unavailable' } });
  });

  test('a missing gate is fetched once for many, never a refusal', async () => {
    await Promise.all(Array.from({ length: 20 }, () => accept.submit.execute([aMessage(ids)])));
    expect([neighbours.gateFetches, await count('message')]).toEqual([1, 20]);
  });
});
