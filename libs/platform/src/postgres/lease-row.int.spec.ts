import { beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres } from '../testing/use-postgres.js';
import { LeaseRow } from './lease-row.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const wall = new ManualClock();
const lease = (owner: string): LeaseRow => new LeaseRow(postgres.db, wall, { name: 'work', owner, ttlMs: 1000 });

beforeEach(() => postgres.truncate());

test('of eight that want it at once, one gets it', async () => {
  const got = await Promise.all(Array.from({ length: 8 }, (_, n) => lease(`owner-${n}`).acquire()));
  expect(got.filter(Boolean)).toHaveLength(1);
});

test('it ends by time, and a renewal prolongs it', async () => {
  const [a, b] = [lease('a'), lease('b')];
  expect(await a.acquire()).toBe(true);
  wall.advance(900);
  expect([await a.renew(), await b.acquire()]).toEqual([true, false]);
  wall.advance(999);
  expect(await b.acquire()).toBe(false);
  wall.advance(1);
  expect([await b.acquire(), await a.renew()]).toEqual([true, false]);
});

test('its owner may take it again, as after a restart', async () => {
  await lease('a').acquire();
  expect(await lease('a').acquire()).toBe(true);
});

test('released, it is free at once and its state is kept; a stranger cannot release it', async () => {
  await lease('a').acquire();
  await postgres.db.query({ name: 'note', text: `UPDATE job SET state = '{"cursor": 5}' WHERE name = 'work'` });
  await lease('b').release();
  expect(await lease('b').acquire()).toBe(false);
  await lease('a').release();
  expect(await lease('b').acquire()).toBe(true);
  expect((await postgres.db.query({ name: 'state', text: `SELECT state FROM job WHERE name = 'work'` })).rows).toEqual([{ state: { cursor: 5 } }]);
});
