import { beforeEach, describe, expect, test } from '@jest/globals';
import type { TopicDefinition } from '@nexoramail/contracts';
import { ManualClock } from '@nexoramail/kernel';
import type { BusRecord } from '../bus/event-bus.js';
import { LocalBus } from '../bus/local-bus.js';
import { silentLogger } from '../log/logger.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres } from '../testing/use-postgres.js';
import { countDeadLetters, dropDeadLetters, listDeadLetters } from './dead-letter.js';
import { InboxConsumer, type InboxConsumerOptions } from './inbox-consumer.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const clock = new ManualClock();
const uuid = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const numbers: TopicDefinition<number> = {
  name: 'nexora.test.numbers.v1', owner: 'dispatch', readers: ['tracking'], keyOf: String, keyName: 'number', partitions: 6, retentionHours: 72, purpose: 'A test.',
  codec: {
    encode: (value) => ({ finish: () => Buffer.from(String(value)) }),
    decode: (bytes) => {
      const value = Number(Buffer.from(bytes).toString());
      if (Number.isNaN(value)) throw new RangeError('not a number');
      return value;
    },
  },
};
const record = (n: number, text = String(n)): BusRecord => ({ topic: numbers.name, key: 'k', eventId: uuid(n), type: 'n', payload: Buffer.from(text), headers: { account: 'a' } });
const effect = { name: 'effect', text: `INSERT INTO job (name) SELECT 'effect:' || n || ':' || gen_random_uuid() FROM unnest($1::int[]) n` };
const effects = async (): Promise<number> => (await postgres.db.query<{ n: number }>({ name: 'effects', text: `SELECT count(*) AS n FROM job WHERE name LIKE 'effect:%'` })).rows[0]?.n ?? -1;
const parked = async (): Promise<number> => (await countDeadLetters(postgres.db)).get('tracking') ?? 0;

/** Back-offs take no time. */
const bus = (): LocalBus => new LocalBus({ timers: { after: (_ms, run) => { const now = setImmediate(run); return () => clearImmediate(now); } } });
const consumer = (on: LocalBus, options: Partial<InboxConsumerOptions<number>> = {}): InboxConsumer<number> => new InboxConsumer<number>({
  db: postgres.db, bus: on, clock, group: 'tracking', topics: [numbers],
  handle: async (tx, events) => { await tx.query(effect, [events.map(({ value }) => value)]); },
  ...options,
});

beforeEach(() => postgres.truncate());

describe('InboxConsumer', () => {
  test('sec-F9: an event published again, in a batch or later, has its effect once', async () => {
    const on = bus();
    const after: number[][] = [];
    await consumer(on, { afterCommit: (events) => after.push(events.map(({ value }) => value)) }).start();
    await on.publish([record(1), record(2), record(1)]);
    await on.publish([record(2), record(3)]);
    await on.publish([record(3)]);
    expect(await effects()).toBe(3);
    expect(after).toEqual([[1, 2], [3]]);
  });

  test('two replicas that get the same events in opposite order neither dead-lock nor double', async () => {
    const [one, two] = [bus(), bus()];
    await consumer(one).start();
    await consumer(two).start();
    const records = Array.from({ length: 100 }, (_, n) => record(n));
    await Promise.all([one.publish(records), two.publish([...records].reverse())]);
    expect(await effects()).toBe(100);
  });

  test('effects and inbox commit together: a failure after the effect leaves neither', async () => {
    const on = bus();
    let failures = 2;
    await consumer(on, { handle: async (tx, events) => {
      await tx.query(effect, [events.map(({ value }) => value)]);
      if (failures-- > 0) throw new Error('crash before commit');
    } }).start();
    await on.publish([record(1)]);
    expect(await effects()).toBe(1);
  });

  test('an event that cannot be decoded is parked with everything needed to replay it; the others are handled', async () => {
    const on = bus();
    const told: object[] = [];
    await consumer(on, { logger: { ...silentLogger, error: (fields) => void told.push(fields) } }).start();
    await on.publish([record(1), record(2, 'poison'), record(3)]);
    expect(told).toMatchObject([{ group: 'tracking', topic: numbers.name, type: 'n', event_id: uuid(2) }]);
    expect(await effects()).toBe(2);
    expect(await listDeadLetters(postgres.db, 10)).toEqual([{ group: 'tracking', record: record(2, 'poison'), error: 'RangeError: not a number', parkedAt: clock.now() }]);
  });

  test('a parked event that is published again is not tried again', async () => {
    const on = bus();
    let tries = 0;
    await consumer(on, { handle: () => { tries += 1; return Promise.reject(new Error('no')); } }).start();
    await on.publish([record(1)]);
    await on.publish([record(1)]);
    expect([tries, await parked()]).toEqual([5, 1]);
  });

  test('replay handles a parked event once; while it still fails it stays parked', async () => {
    const on = bus();
    let mended = false;
    const tracking = consumer(on, { handle: async (tx, events) => {
      if (!mended) throw new Error('bug');
      await tx.query(effect, [events.map(({ value }) => value)]);
    } });
    await tracking.start();
    await on.publish([record(1)]);
    await expect(tracking.replay([uuid(1)])).rejects.toThrow('bug');
    expect(await parked()).toBe(1);
    mended = true;
    await tracking.replay([uuid(1)]);
    expect([await effects(), await parked()]).toEqual([1, 0]);
    await expect(tracking.replay([uuid(1)])).rejects.toMatchObject({ code: 'not_found' });
  });

  test('dead letters are listed newest first, page by page, and dropped for good', async () => {
    const on = bus();
    await consumer(on).start();
    for (let n = 0; n < 5; n += 1) {
      clock.advance(1000);
      await on.publish([record(n, 'poison')]);
    }
    const first = await listDeadLetters(postgres.db, 2);
    const second = await listDeadLetters(postgres.db, 2, first[1]);
    expect([...first, ...second].map((letter) => letter.record.eventId)).toEqual([4, 3, 2, 1].map(uuid));
    expect(await dropDeadLetters(postgres.db, 'tracking', [uuid(4), uuid(9)])).toBe(1);
    expect(await parked()).toBe(4);
  });

  test('groups are independent: each has its own inbox', async () => {
    const on = bus();
    await consumer(on).start();
    await consumer(on, { group: 'webhooks' }).start();
    await on.publish([record(1)]);
    expect(await effects()).toBe(2);
  });
});
