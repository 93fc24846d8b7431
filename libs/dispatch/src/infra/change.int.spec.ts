import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testRuntime, usePostgres } from '@nexoramail/testing';
import { CancelMessages } from '../application/change/cancel-messages.js';
import { RescheduleMessage } from '../application/change/reschedule-message.js';
import { GetMessages } from '../application/read/get-messages.js';
import { release } from '../application/deliver/finishes.js';
import type { NewMessage } from '../domain/submission.js';
import { aMessage, ACME, OTHER } from '../fixtures/a-message.js';
import { eventsOf, typesOf } from '../fixtures/deliveries.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts } from './build-accept.js';
import { buildDeliver, INTERNET_DELIVERY } from './build-deliver.js';
import { DeliveryService } from './delivery-service.js';
import { PartitionedDays } from './partitioned-days.js';
import { PgMessageChanges } from './pg-message-changes.js';
import { PgMessageReader } from './pg-message-reader.js';
import { PgQueueStore } from './pg-queue-store.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual, clock, wall, wake, monotonic, faults } = runtime;
const DAY = 86_400_000;
let accept: AcceptParts;
let queue: PgQueueStore;
let cancel: CancelMessages;
let reschedule: RescheduleMessage;
let messages: GetMessages;
let unregister = (): void => undefined;

const one = (text: string) => ({ name: '', text });
const rows = async (text: string): Promise<Record<string, unknown>[]> => (await postgres.db.query(one(text))).rows;

beforeEach(async () => {
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  unregister = new Neighbours().register(runtime.rpc);
  const content = buildContent(runtime, postgres.db);
  accept = buildAccept(runtime, postgres.db, content, new PgSwitches(postgres.db, monotonic));
  queue = new PgQueueStore({ db: postgres.db, clock, wall, monotonic, faults, wake });
  messages = new GetMessages(new PgMessageReader(postgres.db, content.cipher, wall));
  const changes = new PgMessageChanges(postgres.db, clock, wall, wake);
  cancel = new CancelMessages(changes, messages, clock, ids);
  reschedule = new RescheduleMessage(changes, messages, new PartitionedDays(postgres.db, clock), clock, ids);
});
afterEach(async () => {
  await queue.close();
  await accept.store.close();
  unregister();
});

async function send(changes: Parameters<typeof aMessage>[1] = {}): Promise<NewMessage> {
  const message = aMessage(ids, changes);
  expect((await accept.submit.execute([message]))[0]?.kind).toBe('ok');
  return message;
}
const lease = (limit = 10) => queue.lease({ limit, free: new Map(), defaultFree: limit, since: manual.now() });
const cancelOne = async (id: string, accountId = ACME, mode = 'live') => (await cancel.execute(accountId, mode, [id]))[0];

describe('cancel', () => {
  test('what waits ends as canceled in one commit with its event, and a repeat has the same answer', async () => {
    const message = await send({ to: ['a@sandbox.test', 'b@sandbox.test'] });
    const first = await cancelOne(message.id);
    expect(first).toMatchObject({ kind: 'ok', value: { id: message.id, recipients: [{ status: 'canceled', reason: 'canceled_by_request' }, { status: 'canceled' }] } });
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'accepted', 'queued', 'queued', 'canceled', 'canceled']);
    expect(await rows('SELECT FROM queue')).toEqual([]);
    expect(await lease()).toEqual([]);
    expect(await cancelOne(message.id)).toEqual(first);
    expect(await typesOf(postgres.db, message.id)).toHaveLength(6);
  });

  test('one recipient that is on its way stays so; the others end, and the message is answered', async () => {
    const message = await send({ to: ['a@sandbox.test', 'b@other.test'] });
    const [leased] = await lease(1);
    const result = await cancelOne(message.id);
    const states = result?.kind === 'ok' ? result.value.recipients.map(({ status }) => status) : [];
    expect(states[leased?.n ?? 9]).toBe('sending');
    expect(states.filter((status) => status === 'canceled')).toHaveLength(1);
  });

  test.each([
    ['under a lease', 'lease_until = $1', 60_000, 'being sent at this moment'],
    ['under a lease that ran out', 'lease_until = $1', -60_000, 'possibly handed over'],
  ])('%s: conflict, and nothing changes', async (_name, set, ms, words) => {
    const message = await send();
    await lease();
    await postgres.db.query(one(`UPDATE queue SET ${set}`), [new Date(wall.now().getTime() + ms)]);
    expect(await cancelOne(message.id)).toMatchObject({ kind: 'refused', error: { code: 'conflict', message: expect.stringContaining(words) } });
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued']);
  });

  test('after a restart: what a dead worker had is due at once, but it may have gone, so it is not canceled', async () => {
    const message = await send();
    expect(await lease()).toHaveLength(1);
    const switches = new PgSwitches(postgres.db, monotonic);
    await new DeliveryService(runtime, postgres.db, buildDeliver(runtime, postgres.db, buildContent(runtime, postgres.db), switches, INTERNET_DELIVERY)).reclaim();
    expect(await cancelOne(message.id)).toMatchObject({ kind: 'refused', error: { code: 'conflict' } });
    expect((await lease()).map(({ messageId }) => messageId)).toEqual([message.id]);
  });

  test('after an attempt of unknown outcome: conflict, since it may have arrived', async () => {
    const message = await send();
    await postgres.db.query(one(`UPDATE queue SET unknowns = 1, tries = 1, state = 5, reason = 'outcome_unknown'`));
    expect(await cancelOne(message.id)).toMatchObject({ kind: 'refused', error: { code: 'conflict', message: expect.stringContaining('may have arrived') } });
  });

  test("another account's message, or of another mode, is not there and stays as it is", async () => {
    const message = await send();
    for (const [account, mode] of [[OTHER, 'live'], [ACME, 'test']] as const) {
      expect(await cancelOne(message.id, account, mode)).toMatchObject({ kind: 'refused', error: { code: 'not_found' } });
      await expect(reschedule.execute(account, mode, message.id, manual.now())).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await rows('SELECT state, lease_token FROM queue')).toEqual([{ state: 0, lease_token: null }]);
  });

  test('ordering_key: who waited for a canceled message that waited itself goes on waiting for the first; the last one is freed', async () => {
    const [a, b, c] = [await send({ orderingKey: 'k' }), await send({ orderingKey: 'k' }), await send({ orderingKey: 'k' })];
    expect(await cancelOne(b.id)).toMatchObject({ kind: 'ok' });
    expect(await rows(`SELECT state, after_id FROM queue WHERE message_id = '${c.id}'`)).toEqual([{ state: 3, after_id: a.id }]);
    expect(await cancelOne(a.id)).toMatchObject({ kind: 'ok' });
    expect(await rows('SELECT message_id, state, after_id FROM queue')).toEqual([{ message_id: c.id, state: 0, after_id: null }]);
  });

  test('sensitive content goes with the cancellation', async () => {
    const message = await send({ sensitive: true });
    expect(await cancelOne(message.id)).toMatchObject({ kind: 'ok', value: { subject: undefined } });
    expect([await rows('SELECT FROM content'), await rows('SELECT FROM content_key')]).toEqual([[], []]);
  });

  test('200 races with the lease: either the worker has it and it is too late, or it is canceled and no worker gets it', async () => {
    const sent: NewMessage[] = [];
    for (let i = 0; i < 200; i += 1) sent.push(await send({ to: [`r${i}@sandbox.test`] }));
    const leased = new Set<string>();
    let canceled = 0;
    for (const [round, { id }] of sent.entries()) {
      // Who wins a race is the machine's affair; every tenth round one of them goes first, so that both ends are seen on any machine.
      const early = round % 10 === 0 ? await cancelOne(id) : undefined;
      const first = round % 10 === 1 ? await lease(1) : [];
      const [raced, late] = await Promise.all([lease(1), early ? Promise.resolve(early) : cancelOne(id)]);
      const [rowsOfLease, result] = [[...first, ...raced], late];
      for (const { messageId } of rowsOfLease) leased.add(messageId);
      if (result?.kind === 'ok') canceled += 1;
      else expect(leased.has(id)).toBe(true);
      expect(result?.kind === 'ok' && leased.has(id)).toBe(false);
    }
    for (let more = await lease(50); more.length > 0; more = await lease(50)) for (const { messageId } of more) leased.add(messageId);
    expect(canceled + leased.size).toBe(200);
    expect(canceled).toBeGreaterThan(0);
    expect(leased.size).toBeGreaterThan(0);
  }, 60_000);
});

describe('reschedule', () => {
  const scheduled = (days: number, to = ['a@sandbox.test', 'b@sandbox.test']) => send({ to, scheduledAt: new Date(manual.now().getTime() + days * DAY), expiresInS: 3600 });
  const in_ = (days: number): Date => new Date(manual.now().getTime() + days * DAY);

  test('all that belongs to it moves: time, end, day, key; and its event tells the new time', async () => {
    const message = await scheduled(1);
    const at = in_(20);
    const moved = await reschedule.execute(ACME, 'live', message.id, at);
    expect(moved).toMatchObject({ scheduledAt: at, expiresAt: new Date(at.getTime() + 3_600_000), subject: 'Your receipt', recipients: [{ status: 'scheduled', nextAttemptAt: at }, { status: 'scheduled' }] });
    const day = at.toISOString().slice(0, 10);
    for (const table of ['message', 'recipient', 'content', 'content_key', 'queue']) {
      expect([table, await rows(`SELECT DISTINCT release_day::text AS day FROM ${table}`)]).toEqual([table, [{ day }]]);
    }
    expect(await rows(`SELECT slice_end, destroy_by > slice_end + interval '70 hours' AS kept FROM epoch WHERE id LIKE 'r%'`)).toEqual([{ slice_end: at, kept: true }]);
    expect(await rows('SELECT state, run_at, lease_token FROM queue')).toEqual([0, 1].map(() => ({ state: 1, run_at: at, lease_token: null })));
    expect((await eventsOf(postgres.db, message.id)).at(-1)?.steps).toMatchObject([{ type: 'email.scheduled', status: 'scheduled', nextAttemptAt: at }]);
    expect(await cancelOne(message.id)).toMatchObject({ kind: 'ok' });
  });

  test('a time that has passed means now', async () => {
    const message = await scheduled(1);
    expect((await reschedule.execute(ACME, 'live', message.id, in_(-3))).scheduledAt).toEqual(manual.now());
    expect(await queue.leaseOther('release', 10, manual.now(), [])).toHaveLength(2);
  });

  test('more than 30 days after acceptance is out of reach', async () => {
    const message = await scheduled(1);
    await expect(reschedule.execute(ACME, 'live', message.id, in_(31))).rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/scheduled_at' }] });
  });

  test('once queued, being released, canceled or never scheduled: conflict', async () => {
    const [queued, leased, ended, plain] = [await scheduled(1), await scheduled(1), await scheduled(1), await send()];
    await postgres.db.query({ name: '', text: `UPDATE queue SET state = 0 WHERE message_id = $1 AND n = 1` }, [queued.id]);
    await postgres.db.query({ name: '', text: 'UPDATE queue SET lease_token = gen_random_uuid(), lease_until = $2 WHERE message_id = $1 AND n = 0' }, [leased.id, in_(1)]);
    await cancelOne(ended.id);
    for (const { id } of [queued, leased, ended, plain]) await expect(reschedule.execute(ACME, 'live', id, in_(2))).rejects.toMatchObject({ code: 'conflict' });
    expect(await rows(`SELECT count(*)::int AS n FROM queue WHERE message_id = '${queued.id}' AND run_at < expires_at AND lease_token IS NULL`)).toEqual([{ n: 2 }]);
  });

  test('50 races with the release: moved and waiting, or released and refused', async () => {
    for (let i = 0; i < 50; i += 1) {
      const message = await scheduled(1, ['a@sandbox.test']);
      manual.advance(DAY);
      const at = in_(2);
      const [taken, result] = await Promise.all([
        queue.leaseOther('release', 10, manual.now(), []),
        reschedule.execute(ACME, 'live', message.id, at).then(() => 'moved', (error: { code?: string }) => error.code),
      ]);
      expect([taken.length, result]).toEqual(result === 'moved' ? [0, 'moved'] : [1, 'conflict']);
      await Promise.all(taken.map((row) => queue.finish(release(row, manual.now(), ids.uuid()))));
      await postgres.db.query(one('DELETE FROM queue'));
    }
  }, 60_000);
});
