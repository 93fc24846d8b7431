import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@nexoramail/kernel';
import type { BusRecord, EventBus } from '../bus/event-bus.js';
import { LocalBus } from '../bus/local-bus.js';
import type { Timers } from '../bus/timers.js';
import { Wake } from '../lifecycle/wake.js';
import { silentLogger } from '../log/logger.js';
import { Database } from '../postgres/database.js';
import { eventually } from '../testing/eventually.js';
import { ManualTimers, RecordingBus } from '../testing/fakes.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres, withAdmin } from '../testing/use-postgres.js';
import { insertOutbox } from './outbox-record.js';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import { republishOutbox } from './outbox-store.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const NOON = new Date('2026-03-01T12:00:00Z');
const wake = new Wake();
let relays: OutboxRelay[];

beforeEach(async () => {
  relays = [];
  await postgres.truncate();
});
afterEach(() => Promise.all(relays.map((relay) => relay.stop())));

const uuid = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const record = (n: number, key = `key-${n}`, bytes = 10): BusRecord => ({ topic: 'topic', key, eventId: uuid(n), type: 't', payload: Buffer.alloc(bytes, n % 256), headers: {} });
const write = (records: readonly BusRecord[], at = NOON): Promise<void> => postgres.db.transaction((tx) => insertOutbox(tx, records, at));
const count = async (where = 'true'): Promise<number> => (await postgres.db.query<{ n: number }>({ name: '', text: `SELECT count(*) AS n FROM outbox WHERE ${where}` })).rows[0]?.n ?? -1;

function relay(bus: EventBus, options: Partial<OutboxRelayOptions> = {}): OutboxRelay {
  const made = new OutboxRelay({ db: postgres.db, bus, wall: systemClock, clock: new ManualClock(NOON), logger: silentLogger, wake, schema: 'mail', ...options });
  relays.push(made);
  made.start();
  return made;
}
const drained = (made: OutboxRelay): Promise<void> => eventually(async () => expect(await made.idle()).toBe(true));

describe('OutboxRelay', () => {
  test('publishes everything once, each key in order, and empties the outbox', async () => {
    const bus = new RecordingBus();
    const made = relay(bus);
    const records = Array.from({ length: 2345 }, (_, n) => record(n, `key-${n % 40}`));
    for (let n = 0; n < records.length; n += 300) await write(records.slice(n, n + 300));
    wake.signal('outbox:mail');
    await drained(made);
    expect(await count()).toBe(0);
    expect(bus.published).toHaveLength(records.length);
    for (let key = 0; key < 40; key += 1) {
      expect(bus.published.filter((row) => row.key === `key-${key}`).map((row) => row.eventId)).toEqual(records.filter((row) => row.key === `key-${key}`).map((row) => row.eventId));
    }
  });

  test('a wake-up is enough: it does not wait for the next poll', async () => {
    const timers = new ManualTimers();
    const bus = new RecordingBus();
    relay(bus, { timers, minGapMs: 0 });
    await eventually(() => expect(timers.waits).toHaveLength(1));
    await write([record(1)]);
    wake.signal('outbox:mail');
    await eventually(() => expect(bus.published).toHaveLength(1));
  });

  test('never loses a row that commits after one with a higher id', async () => {
    const bus = new RecordingBus();
    const made = relay(bus);
    await postgres.db.transaction(async (tx) => {
      await insertOutbox(tx, [record(1, 'same')], NOON);
      await write([record(2, 'other')]);
      wake.signal('outbox:mail');
      await eventually(() => expect(bus.published.map((row) => row.eventId)).toEqual([uuid(2)]));
    });
    wake.signal('outbox:mail');
    await drained(made);
    expect(bus.published.map((row) => row.eventId)).toEqual([uuid(2), uuid(1)]);
  });

  test('a kill between publish and delete publishes again', async () => {
    await write([record(1)]);
    const stuck = new RecordingBus(() => new Promise(() => undefined));
    relay(stuck, { owner: 'embedded', timers: new ManualTimers(), wake: new Wake() }); // never heard of again
    await eventually(() => expect(stuck.published).toHaveLength(1));
    const again = new RecordingBus();
    const restarted = relay(again, { owner: 'embedded' });
    await drained(restarted);
    expect(again.published.map((row) => row.eventId)).toEqual([uuid(1)]);
    relays = [restarted];
  });

  test('what a bus refuses stays, is tried again later, and is not lost', async () => {
    let refusals = 2;
    const bus = new RecordingBus(() => (refusals-- > 0 ? Promise.reject(new Error('broker away')) : Promise.resolve()));
    const made = relay(bus);
    await write([record(1)]);
    wake.signal('outbox:mail');
    await drained(made);
    expect(bus.published).toHaveLength(3);
  });

  test('a batch has at most 500 rows and about 1 MB; a backlog is worked off without waiting', async () => {
    const sizes: number[] = [];
    const timers = new ManualTimers();
    const bus = new RecordingBus((records) => { sizes.push(records.reduce((sum, { payload }) => sum + payload.byteLength, 0)); return Promise.resolve(); });
    await write(Array.from({ length: 12 }, (_, n) => record(n, 'one-key', 300_000)));
    const made = relay(bus, { timers });
    await drained(made);
    expect(sizes).toEqual([1_200_000, 1_200_000, 1_200_000]);
  });

  test('holds at most 2,000 rows while groups are slow, and goes on when they are done', async () => {
    const gate = Promise.withResolvers<void>();
    const bus = new RecordingBus(() => gate.promise);
    for (let n = 0; n < 5; n += 1) await write(Array.from({ length: 500 }, (_, i) => record(n * 500 + i)));
    const made = relay(bus, { minGapMs: 0 });
    await eventually(() => expect(bus.published).toHaveLength(2000));
    gate.resolve();
    await drained(made);
    expect(bus.published).toHaveLength(2500);
  });

  test('sec-F10: a poison record of one group keeps back neither other keys nor other groups', async () => {
    // The pause before a batch is repeated is short; the later retries of the poison record never come due.
    const timers: Timers = { after: (ms, run) => { const now = ms < 100 ? setImmediate(run) : undefined; return () => clearImmediate(now); } };
    const bus = new LocalBus({ timers });
    const handled: string[] = [];
    const group = await bus.subscribe({ group: 'g', topics: ['topic'], park: () => Promise.resolve(), handle: (records) => {
      if (records.some(({ eventId }) => eventId === uuid(7))) return Promise.reject(new Error('poison'));
      handled.push(...records.map(({ eventId }) => eventId));
      return Promise.resolve();
    } });
    const made = relay(bus);
    await write(Array.from({ length: 100 }, (_, n) => record(n)));
    wake.signal('outbox:mail');
    await eventually(() => expect(handled).toHaveLength(99));
    await write([record(201, 'key-7'), record(200)]);
    wake.signal('outbox:mail');
    await eventually(() => expect(handled).toContain(uuid(200)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(handled).not.toContain(uuid(201));
    await eventually(async () => expect(await count()).toBeGreaterThan(0));
    expect(await made.idle()).toBe(false);
    await group.close();
  });

  test('marks instead of deleting for a broker, and can publish all of it again', async () => {
    const bus = new RecordingBus();
    const made = relay(bus, { keep: 'mark' });
    await write([record(1), record(2)]);
    wake.signal('outbox:mail');
    await drained(made);
    expect(await count(`published_at = '2026-03-01T12:00:00Z'`)).toBe(2);
    expect(await republishOutbox(postgres.db, ['topic'], new Date('2026-02-27T12:00:00Z'))).toBe(2);
    wake.signal('outbox:mail');
    await eventually(() => expect(bus.published).toHaveLength(4));
  });
});

describe('several relays', () => {
  test('share the shards, and take over those of one that stops', async () => {
    const buses = [new RecordingBus(), new RecordingBus()] as const;
    const first = relay(buses[0], { leaseMs: 300 });
    const second = relay(buses[1], { leaseMs: 300 });
    const owners = async () => (await postgres.db.query<{ n: number }>({ name: '', text: `SELECT count(*) AS n FROM job WHERE name LIKE 'relay-shard:%' GROUP BY owner` })).rows.map(({ n }) => n);
    await eventually(async () => expect(await owners()).toEqual([8, 8]));
    await write(Array.from({ length: 200 }, (_, n) => record(n)));
    wake.signal('outbox:mail');
    await drained(first);
    await drained(second);
    const ids = [...buses[0].published, ...buses[1].published].map((row) => row.eventId);
    expect([ids.length, new Set(ids).size]).toEqual([200, 200]);
    expect(Math.min(buses[0].published.length, buses[1].published.length)).toBeGreaterThan(0);
    await first.stop();
    await eventually(async () => expect(await owners()).toEqual([16]));
    await write(Array.from({ length: 50 }, (_, n) => record(1000 + n)));
    await drained(second);
  });
});

describe('faults', () => {
  test('while the database is away it tries with growing pauses, then goes on by itself', async () => {
    const timers = new ManualTimers();
    const away = Database.open({ url: postgres.url.replace(/:\d+\//, ':1/'), schema: 'mail' });
    let db = away;
    const failing = new Proxy(postgres.db, { get: (target, name) => {
      const value: unknown = Reflect.get(name === 'query' || name === 'transaction' ? db : target, name);
      return typeof value === 'function' ? value.bind(name === 'query' || name === 'transaction' ? db : target) as unknown : value;
    } });
    const bus = new RecordingBus();
    const made = relay(bus, { db: failing, timers, minGapMs: 0 });
    const pauses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      await eventually(() => expect(timers.waits).toHaveLength(1));
      pauses.push(timers.waits[0] ?? 0);
      wake.signal('outbox:mail'); // news do not shorten a back-off
      timers.fire();
    }
    for (const [n, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(Math.min(5000, 250 * 2 ** n) * 0.75);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5000);
    await write([record(1)]);
    db = postgres.db;
    await eventually(() => expect(timers.waits).toHaveLength(1));
    timers.fire();
    await eventually(() => expect(bus.published).toHaveLength(1));
    await drained(made);
    await away.close();
  });

  test('connections killed again and again lose nothing and publish in order', async () => {
    const bus = new RecordingBus();
    const made = relay(bus);
    const killer = new AbortController();
    const killing = (async () => {
      while (!killer.signal.aborted) {
        await withAdmin((admin) => admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexora-mail' AND random() < 0.5`), postgres.adminUrl);
      }
    })();
    const records = Array.from({ length: 300 }, (_, n) => record(n, `key-${n % 5}`));
    for (let n = 0; n < 300; n += 20) {
      // Unknown commits are settled by looking, as the callers of insertOutbox do.
      for (let done = false; !done;) {
        const first = records[n]?.eventId;
        await write(records.slice(n, n + 20)).catch(() => undefined);
        done = await withAdmin(async (admin) => ((await admin.query('SELECT FROM mail.outbox WHERE event_id = $1', [first])).rowCount ?? 0) > 0, postgres.adminUrl) || bus.published.some(({ eventId }) => eventId === first);
      }
      wake.signal('outbox:mail');
    }
    killer.abort();
    await killing;
    await drained(made);
    for (let key = 0; key < 5; key += 1) {
      expect([...new Set(bus.published.filter((row) => row.key === `key-${key}`).map((row) => row.eventId))]).toEqual(records.filter((row) => row.key === `key-${key}`).map((row) => row.eventId));
    }
  }, 60_000);
});

describe('claim', () => {
  test('reads by the index of unpublished rows, also on an empty table', async () => {
    const plan = await withAdmin(async (admin) => {
      await admin.query(`SET search_path = mail; LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET client_min_messages = log`);
      const notices: string[] = [];
      admin.on('notice', (notice) => notices.push(notice.message ?? ''));
      for (let n = 0; n < 8; n += 1) await admin.query(`SELECT * FROM outbox_claim('{0,1,2}', '{}', 500, 1000000)`);
      return notices.join('\n');
    }, postgres.adminUrl);
    expect(plan).toContain('Index Scan using outbox_default_shard_id_idx');
    expect(plan).not.toMatch(/Seq Scan on outbox|Bitmap/);
  });
});
