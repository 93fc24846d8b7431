import { beforeEach, expect, test } from '@jest/globals';
import type { TopicDefinition } from '@nexoramail/contracts';
import { IdSource, ManualClock, seededRandom } from '@nexoramail/kernel';
import { Wake } from '../lifecycle/wake.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres } from '../testing/use-postgres.js';
import { UnitOfWork } from './unit-of-work.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const clock = new ManualClock();
const topic: TopicDefinition<string> = {
  name: 'nexora.test.words.v1', owner: 'dispatch', readers: ['tracking'], keyOf: (word) => word.slice(0, 1), keyName: 'letter', partitions: 6, retentionHours: 72, purpose: 'A test.',
  codec: { encode: (word) => ({ finish: () => Buffer.from(word) }), decode: (bytes) => Buffer.from(bytes).toString() },
};

beforeEach(() => postgres.truncate());

function setup() {
  const signals: string[] = [];
  const wake = new Wake();
  wake.on('outbox:mail', () => signals.push('outbox:mail'));
  return { signals, work: new UnitOfWork(postgres.db, wake, new IdSource(clock, seededRandom(1)), { topic, typeOf: (word) => `word.${word.length}` }) };
}
const outbox = async () => (await postgres.db.query({ name: '', text: `SELECT topic, key, type, convert_from(payload, 'UTF8') AS word, recorded_at FROM outbox ORDER BY id` })).rows;
const MARK = { name: 'mark', text: `INSERT INTO job (name) VALUES ('mark')` };
const marks = async () => (await postgres.db.query({ name: '', text: `SELECT name FROM job WHERE name = 'mark'` })).rowCount;

test('facts leave with the commit, in order, and the relay is woken once', async () => {
  const { signals, work } = setup();
  const result = await work.run(clock.now(), async (tx, publish) => {
    publish('ann');
    await tx.query(MARK);
    publish('bob');
    expect(signals).toEqual([]);
    return 7;
  });
  expect(result).toBe(7);
  const fact = { topic: topic.name, type: 'word.3', recorded_at: clock.now() };
  expect(await outbox()).toEqual([{ ...fact, key: 'a', word: 'ann' }, { ...fact, key: 'b', word: 'bob' }]);
  expect([await marks(), signals]).toEqual([1, ['outbox:mail']]);
});

test('work that fails leaves neither change nor fact, and work without facts wakes nobody', async () => {
  const { signals, work } = setup();
  await expect(work.run(clock.now(), async (tx, publish) => {
    await tx.query(MARK);
    publish('ann');
    throw new Error('no');
  })).rejects.toThrow('no');
  await work.run(clock.now(), () => Promise.resolve());
  expect([await marks(), await outbox(), signals]).toEqual([0, [], []]);
});
