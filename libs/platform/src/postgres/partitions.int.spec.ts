import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@nexoramail/kernel';
import { insertOutbox } from '../outbox/outbox-record.js';
import { Maintenance, OUTBOX_TABLE } from '../outbox/maintenance.js';
import { Settle } from '../lifecycle/settle.js';
import { silentLogger } from '../log/logger.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres, withAdmin } from '../testing/use-postgres.js';
import { maintainPartitions, type PartitionedTable } from './partitions.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const NOON = new Date('2026-03-01T12:00:00Z');
const days = (n: number): Date => new Date(NOON.getTime() + n * 86_400_000);
const run = (text: string) => postgres.db.query<{ v: unknown }>({ name: '', text });
const values = async (text: string): Promise<unknown[]> => (await run(text)).rows.map(({ v }) => v);
const partitions = (table: string): Promise<unknown[]> => values(`SELECT inhrelid::regclass::text AS v FROM pg_inherits WHERE inhparent = '${table}'::regclass AND inhrelid::regclass::text ~ '_[0-9]' ORDER BY 1`);
let events = 0;
const write = (at: Date) => postgres.db.transaction((tx) => insertOutbox(tx, [{ topic: 't', key: 'k', eventId: `00000000-0000-7000-8000-${String((events += 1)).padStart(12, '0')}`, type: 'x', payload: Uint8Array.of(1) }], at));

beforeEach(async () => {
  await run('CREATE TABLE stat (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at)');
  await run('CREATE TABLE stat_default PARTITION OF stat DEFAULT WITH (fillfactor = 70)');
});
afterEach(async () => {
  await run('DROP TABLE stat');
  for (const name of await partitions('outbox')) await run(`DROP TABLE ${String(name)}`);
  await postgres.truncate();
});
const weekly: PartitionedTable = { name: 'stat', column: 'at', days: 7, retentionDays: 14, ahead: 1 };

describe('maintainPartitions', () => {
  test('makes today and three days ahead, once, and rows go there', async () => {
    expect((await maintainPartitions(postgres.db, OUTBOX_TABLE, NOON)).created).toEqual(['outbox_20260301', 'outbox_20260302', 'outbox_20260303', 'outbox_20260304']);
    expect((await maintainPartitions(postgres.db, OUTBOX_TABLE, NOON)).created).toEqual([]);
    await write(NOON);
    expect(await values('SELECT tableoid::regclass::text AS v FROM outbox')).toEqual(['outbox_20260301']);
  });

  test('a missing partition stops nothing: its rows wait in the default one, keep their ids, and move later', async () => {
    await write(days(40));
    await write(days(40));
    const ids = await values('SELECT id AS v FROM outbox ORDER BY id');
    expect(await maintainPartitions(postgres.db, OUTBOX_TABLE, NOON)).toMatchObject({ rescued: 2 });
    expect(await values('SELECT DISTINCT tableoid::regclass::text AS v FROM outbox')).toEqual(['outbox_20260410']);
    expect(await values('SELECT id AS v FROM outbox ORDER BY id')).toEqual(ids);
    await write(days(40));
    expect(await values('SELECT count(DISTINCT id) AS v FROM outbox')).toEqual([3]);
  });

  test('drops what is past its retention, but never a day with something unpublished', async () => {
    await maintainPartitions(postgres.db, OUTBOX_TABLE, NOON);
    await write(NOON);
    const later = await maintainPartitions(postgres.db, OUTBOX_TABLE, days(5));
    expect([later.dropped, later.kept]).toEqual([['outbox_20260302'], ['outbox_20260301']]);
    await run('DELETE FROM outbox');
    expect((await maintainPartitions(postgres.db, OUTBOX_TABLE, days(5))).dropped).toEqual(['outbox_20260301']);
  });

  test('weeks begin on Monday in UTC; storage settings are those of the default partition', async () => {
    await run(`INSERT INTO stat VALUES ('2026-03-08T23:59:59Z', 1), ('2026-03-09T00:00:00Z', 2)`);
    expect((await maintainPartitions(postgres.db, weekly, NOON)).created).toEqual(['stat_20260223', 'stat_20260302', 'stat_20260309']);
    expect(await values('SELECT tableoid::regclass::text AS v FROM stat ORDER BY n')).toEqual(['stat_20260302', 'stat_20260309']);
    expect(await values(`SELECT reloptions::text AS v FROM pg_class WHERE relname = 'stat_20260302'`)).toEqual(['{fillfactor=70}']);
    expect((await maintainPartitions(postgres.db, weekly, days(22))).dropped).toEqual(['stat_20260223', 'stat_20260302']);
  });

  test('does not wait for ever for a lock: it gives up and intake goes on', async () => {
    await maintainPartitions(postgres.db, OUTBOX_TABLE, NOON);
    await withAdmin(async (reader) => {
      await reader.query('BEGIN; LOCK TABLE mail.outbox_20260301 IN ACCESS SHARE MODE');
      await expect(maintainPartitions(postgres.db, OUTBOX_TABLE, days(9))).rejects.toMatchObject({ code: 'temporarily_unavailable' });
      await write(days(9));
      await reader.query('ROLLBACK');
    }, postgres.adminUrl);
    expect((await maintainPartitions(postgres.db, OUTBOX_TABLE, days(9))).dropped).toContain('outbox_20260301');
  });
});

describe('Maintenance', () => {
  const maintenance = (clock: ManualClock): Maintenance => new Maintenance({ db: postgres.db, wall: systemClock, clock, logger: silentLogger, settle: new Settle(), schema: 'mail', tables: [weekly] });

  test('looks after all tables, and forgets inbox rows after 7 days', async () => {
    const clock = new ManualClock(NOON);
    const upkeep = maintenance(clock);
    const seen = { name: 'seen', text: `INSERT INTO inbox SELECT 'g', gen_random_uuid(), $1 FROM generate_series(1, $2::int)` };
    await postgres.db.query(seen, [NOON, 6001]);
    await postgres.db.query(seen, [days(1), 3]);
    await upkeep.runOnce();
    expect(await values('SELECT count(*) AS v FROM inbox')).toEqual([6004]);
    clock.advance(7.5 * 86_400_000);
    await upkeep.runOnce();
    expect(await values('SELECT count(*) AS v FROM inbox')).toEqual([3]);
    expect(await partitions('stat')).toEqual(['stat_20260223', 'stat_20260302', 'stat_20260309', 'stat_20260316']);
  });

  test('one replica at a time', async () => {
    const clock = new ManualClock(NOON);
    await run(`INSERT INTO job (name, owner, until) VALUES ('maintenance', 'another', 'infinity')`);
    await maintenance(clock).runOnce();
    expect(await partitions('outbox')).toEqual([]);
  });
});
