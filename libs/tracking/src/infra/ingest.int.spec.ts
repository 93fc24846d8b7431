import { afterAll, describe, expect, test } from '@jest/globals';
import { MailEvent } from '@nexoramail/contracts';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import { Database, type BusRecord } from '@nexoramail/platform';
import { usePostgres } from '@nexoramail/platform/testing';
import { IngestEvents, type IngestBatch } from '../application/ingest-events.js';
import { MIGRATIONS } from '../index.js';
import { MailRecords, uuid } from '../testing/mail-records.js';
import { factsOfMail } from './mail-facts.js';
import { PgFeedReader } from './pg-feed-reader.js';
import { PgIngestStore } from './pg-ingest-store.js';

const postgres = usePostgres({ schema: 'tracking', migrations: MIGRATIONS });
const clock = new ManualClock();
const ingest = new IngestEvents();
const replicas: Database[] = [];
afterAll(async () => { for (const db of replicas) await db.close(); });

const replica = (): Database => {
  const db = Database.open({ url: postgres.url, schema: 'tracking', max: 2 });
  replicas.push(db);
  return db;
};
const batchOf = (records: readonly BusRecord[]): IngestBatch => {
  const facts = records.map(({ eventId, payload }) => factsOfMail(eventId, MailEvent.decode(payload)));
  return { events: facts.flatMap(({ events }) => events), messages: facts.flatMap(({ messages }) => messages) };
};
const take = (db: Database, records: readonly BusRecord[]) => db.transaction((tx) => ingest.execute(new PgIngestStore(tx), batchOf(records), clock.now()));
const shuffle = <T>(items: readonly T[], seed: number): T[] => {
  const random = seededRandom(seed);
  return items.map((item) => [random.fraction(), item] as const).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
};
const chunks = <T>(items: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
const log = async (accountId: string) =>
  (await postgres.db.query<{ seq: number; type: string; message_id: string; record_id: string; step: number }>({
    name: '', text: 'SELECT seq, type, message_id, record_id, step FROM event WHERE account_id = $1 ORDER BY seq',
  }, [accountId])).rows;
const views = async (accountIds: readonly string[]) =>
  (await postgres.db.query({ name: '', text: `SELECT m.id, m.status, m.complete, m.created_at, r.index, r.status AS recipient_status, r.attempts, r.final_at, r.reason, r.last_smtp
    FROM message_view m JOIN recipient_view r ON r.day = m.day AND r.message_id = m.id WHERE m.account_id = ANY ($1::uuid[]) ORDER BY m.id, r.index` }, [accountIds])).rows;

describe('sec-F9: eight writers, and everything replayed', () => {
  test('number each log 1, 2, 3, … without gap or repeat, and leave the views as one writer would', async () => {
    const accounts = [uuid(), uuid(), uuid()];
    const mails = Array.from({ length: 60 }, (_, n) => new MailRecords({ accountId: accounts[n % 3] ?? '', recipients: n % 5 === 0 ? ['ann@shop.example', 'bob@shop.example'] : ['ann@shop.example'] }));
    const records = mails.flatMap((mail, n) => [mail.accepted(), mail.delivered(), ...(n % 5 === 0 ? [mail.told('email.bounced', 'bounced', 2000, { index: 1, recipientIndex: 1, address: 'bob@shop.example', reason: 'unknown_user' })] : [])]);
    const writers = Array.from({ length: 8 }, replica);
    // Each record goes to two writers, out of order; so every record is seen twice, often at the same time.
    await Promise.all(writers.map(async (db, n) => {
      const mine = records.filter((_, i) => i % 8 === n || (i + 3) % 8 === n);
      for (const batch of chunks(shuffle(mine, n + 1), 7)) await take(db, batch);
    }));
    const before = await views(accounts);
    for (const accountId of accounts) {
      const rows = await log(accountId);
      expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
      expect(new Set(rows.map(({ record_id: id, step }) => `${id}/${step}`)).size).toBe(rows.length);
      const { rows: [counter] } = await postgres.db.query<{ seq: number }>({ name: '', text: 'SELECT seq FROM feed_counter WHERE account_id = $1' }, [accountId]);
      expect(counter?.seq).toBe(rows.length);
    }
    const steps = records.map(({ payload }) => MailEvent.decode(payload).steps.length).reduce((a, b) => a + b, 0);
    expect((await Promise.all(accounts.map(log))).flat()).toHaveLength(steps);
    expect(before).toHaveLength(72);
    expect(before.every((row) => row['complete'] === true && ['delivered', 'bounced'].includes(String(row['recipient_status'])))).toBe(true);
    expect(before.filter((row) => row['status'] === 'partially_delivered')).toHaveLength(24);

    for (const batch of chunks(shuffle(records, 99), 50)) await take(postgres.db, batch);
    expect((await Promise.all(accounts.map(log))).flat()).toHaveLength(steps);
    expect(await views(accounts)).toEqual(before);
  }, 30_000);

  test('show a reader no number before all smaller ones', async () => {
    const accountId = uuid();
    const reader = new PgFeedReader(postgres.db);
    const mails = Array.from({ length: 64 }, () => new MailRecords({ accountId }));
    let writing = true;
    const looks = (async () => {
      const seen: number[][] = [];
      while (writing) seen.push((await reader.readStretch({ accountId, mode: 'live' }, { after: 0, to: 10_000, types: [], limit: 1000, since: new Date(0) })).events.map(({ seq }) => seq));
      return seen;
    })();
    await Promise.all(Array.from({ length: 8 }, async (_, n) => {
      const db = replica();
      for (const mail of mails.slice(n * 8, n * 8 + 8)) await take(db, [mail.accepted()]);
    }));
    writing = false;
    const seen = await looks;
    expect(seen.length).toBeGreaterThan(1);
    for (const numbers of seen) expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    expect((await log(accountId))).toHaveLength(128);
  }, 30_000);
});

test('a batch that fails leaves neither number nor row', async () => {
  const mail = new MailRecords({ accountId: uuid() });
  await take(postgres.db, [mail.accepted()]);
  const foreign = new MailRecords({ accountId: uuid(), messageId: mail.messageId });
  const good = new MailRecords({ accountId: mail.accountId });
  await expect(take(postgres.db, [good.accepted(), foreign.delivered()])).rejects.toThrow(/two accounts/);
  expect((await log(mail.accountId)).map(({ seq }) => seq)).toEqual([1, 2]);
  expect(await log(foreign.accountId)).toEqual([]);
});
