import { describe, expect, test } from '@jest/globals';
import { isAppError } from '@nexoramail/kernel';
import { insertOutbox } from '../outbox/outbox-record.js';
import { sharedTablesMigrations } from '../testing/shared-tables.js';
import { usePostgres, withAdmin } from '../testing/use-postgres.js';
import { isCommitUnknown, isUniqueViolation } from './database-error.js';
import { Database } from './database.js';
import type { Sql } from './sql.js';

const postgres = usePostgres({ schema: 'mail', migrations: sharedTablesMigrations() });
const AT = new Date('2026-03-01T23:59:59.999Z');
const addJob = { name: 'add_job', text: 'INSERT INTO job (name) VALUES ($1)' };
const sleepFor = { name: 'sleep_for', text: 'SELECT pg_sleep($1)' };
const countJobs = async (name: string): Promise<number | undefined> =>
  (await postgres.db.query<{ n: number }>({ name: 'count_jobs', text: 'SELECT count(*) AS n FROM job WHERE name = $1' }, [name])).rows[0]?.n;
const failure = (attempt: Promise<unknown>): Promise<unknown> => attempt.then(() => undefined, (error: unknown) => error);
const ownPid = async (sql: Sql): Promise<number> => (await sql.query<{ pid: number }>({ name: 'own_pid', text: 'SELECT pg_backend_pid() AS pid' })).rows[0]?.pid ?? 0;
const kill = (pid: number): Promise<unknown> => withAdmin((admin) => admin.query('SELECT pg_terminate_backend($1)', [pid]), postgres.adminUrl);

describe('values', () => {
  test('int8 is a number, timestamptz a Date, date a text, bytea a Buffer, in rows and in arrays', async () => {
    const text = `SELECT 1099511627775::int8 AS big, ARRAY[1, NULL, 9007199254740991]::int8[] AS bigs, $1::timestamptz AS at, $2::bytea AS bytes, '2026-03-01'::date AS day`;
    const { rows } = await postgres.db.query({ name: 'values', text }, [AT, Uint8Array.of(0, 255, 7)]);
    expect(rows[0]).toEqual({ big: 1099511627775, bigs: [1, null, 9007199254740991], at: AT, bytes: Buffer.from([0, 255, 7]), day: '2026-03-01' });
  });

  test('an int8 beyond 2^53 is an error, not a rounded number', async () => {
    await expect(postgres.db.query({ name: 'too_big', text: 'SELECT 9007199254740993::int8' })).rejects.toThrow('does not fit');
  });
});

describe('transactions', () => {
  test('commit together or not at all', async () => {
    await expect(postgres.db.transaction(async (tx) => {
      await tx.query(addJob, ['half']);
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await countJobs('half')).toBe(0);
  });

  test('a swallowed statement error cannot end in a commit', async () => {
    const error = await failure(postgres.db.transaction(async (tx) => {
      await tx.query(addJob, ['swallowed']);
      await tx.query(addJob, ['swallowed']).catch(() => undefined);
    }));
    expect(String(error)).toContain('rolled back');
    expect(await countJobs('swallowed')).toBe(0);
  });

  test('sec-F6: a deadlock is run again', async () => {
    await postgres.db.query(addJob, ['a']);
    await postgres.db.query(addJob, ['b']);
    const touch = { name: 'touch', text: 'UPDATE job SET owner = $2 WHERE name = $1' };
    let runs = 0;
    const both = Promise.withResolvers<void>();
    let first = 0;
    const cross = (one: string, other: string) => postgres.db.transaction(async (tx) => {
      runs += 1;
      await tx.query(touch, [one, one]);
      if (++first === 2) both.resolve();
      await both.promise;
      await tx.query(touch, [other, one]);
    });
    await Promise.all([cross('a', 'b'), cross('b', 'a')]);
    expect(runs).toBe(3);
  });
});

describe('errors', () => {
  test('a unique violation keeps its constraint and loses the row values', async () => {
    await postgres.db.query(addJob, ['once']);
    const error = await failure(postgres.db.query(addJob, ['once']));
    expect(isUniqueViolation(error, 'job_pkey')).toBe(true);
    expect(JSON.stringify(error)).not.toContain('(name)=(once)');
  });

  test('a server that is not there is temporarily_unavailable', async () => {
    const absent = Database.open({ url: 'postgresql://mail:x@127.0.0.1:1/nexora', schema: 'mail' });
    const error = await failure(absent.query(addJob, ['x']));
    expect(error).toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });
    expect(isCommitUnknown(error)).toBe(false);
    await absent.close();
  });

  test('waiting longer than 2 s for a connection is temporarily_unavailable', async () => {
    const narrow = Database.open({ url: postgres.url, schema: 'mail', max: 1 });
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const holder = narrow.transaction(() => { entered.resolve(); return leave.promise; });
    await entered.promise;
    expect(await failure(narrow.query(addJob, ['late']))).toMatchObject({ code: 'temporarily_unavailable' });
    leave.resolve();
    await holder;
    await narrow.close();
  });

  test('a statement past its time-out is cancelled and temporarily_unavailable; the pool goes on', async () => {
    const hasty = Database.open({ url: postgres.url, schema: 'mail', max: 1, statementTimeoutMs: 50 });
    expect(await failure(hasty.query(sleepFor, [30]))).toMatchObject({ code: 'temporarily_unavailable' });
    expect((await hasty.query(sleepFor, [0])).rowCount).toBe(1);
    await hasty.close();
  });

  test('a connection lost while a statement runs is commit-unknown, and leaves the pool', async () => {
    const lone = Database.open({ url: postgres.url, schema: 'mail', max: 1 });
    const pid = await ownPid(lone);
    const running = failure(lone.query(sleepFor, [30]));
    await kill(pid);
    const error = await running;
    expect(isCommitUnknown(error)).toBe(true);
    expect(isAppError(error) && error.code).toBe('temporarily_unavailable');
    expect(await ownPid(lone)).not.toBe(pid);
    await lone.close();
  });

  test('a connection lost before COMMIT has done nothing; lost during COMMIT is unknown', async () => {
    const before = await failure(postgres.db.transaction(async (tx) => {
      await tx.query(addJob, ['lost']);
      await kill(await ownPid(tx));
      await tx.query(addJob, ['lost too']);
    }));
    expect(before).toMatchObject({ code: 'temporarily_unavailable' });
    expect(isCommitUnknown(before)).toBe(false);
    expect(await countJobs('lost')).toBe(0);
    const during = await failure(postgres.db.transaction(async (tx) => {
      await tx.query(addJob, ['lost']);
      await kill(await ownPid(tx));
    }));
    expect(isCommitUnknown(during)).toBe(true);
  });

  test('a killed idle connection harms nobody', async () => {
    const lone = Database.open({ url: postgres.url, schema: 'mail', max: 1 });
    const pid = await ownPid(lone);
    await kill(pid);
    for (let next = pid; next === pid;) next = await ownPid(lone).catch(() => pid);
    expect((await lone.query(sleepFor, [0])).rowCount).toBe(1);
    await lone.close();
  });

  test('a plan that a migration made stale is prepared anew', async () => {
    await withAdmin((admin) => admin.query('SET ROLE mail; CREATE TABLE mail.shape (a int); INSERT INTO mail.shape VALUES (1)'), postgres.adminUrl);
    const lone = Database.open({ url: postgres.url, schema: 'mail', max: 1 });
    const all = { name: 'all_shapes', text: 'SELECT * FROM shape' };
    expect((await lone.query(all)).rows).toEqual([{ a: 1 }]);
    await withAdmin((admin) => admin.query('ALTER TABLE mail.shape ADD COLUMN b int DEFAULT 2'), postgres.adminUrl);
    expect((await lone.query(all)).rows).toEqual([{ a: 1, b: 2 }]);
    await lone.close();
  });
});

describe('insertOutbox', () => {
  test('writes records in their order, payloads untouched, by the UTC day', async () => {
    const record = (n: number, payload: Uint8Array) => ({ topic: 'nexora.mail.events.v1', key: `k${n}`, eventId: `00000000-0000-7000-8000-00000000000${n}`, type: 'email.sent', payload });
    await postgres.db.transaction((tx) => insertOutbox(tx, [record(1, Uint8Array.of(0, 1, 2)), record(2, new Uint8Array()), { ...record(3, Uint8Array.of(255)), headers: { account: 'ä' } }], AT));
    const { rows } = await postgres.db.query({ name: 'read_outbox', text: 'SELECT day, key, payload, headers, recorded_at, shard = outbox_shard(key) AS sharded FROM outbox ORDER BY id' });
    expect(rows).toEqual([
      { day: '2026-03-01', key: 'k1', payload: Buffer.from([0, 1, 2]), headers: {}, recorded_at: AT, sharded: true },
      { day: '2026-03-01', key: 'k2', payload: Buffer.alloc(0), headers: {}, recorded_at: AT, sharded: true },
      { day: '2026-03-01', key: 'k3', payload: Buffer.from([255]), headers: { account: 'ä' }, recorded_at: AT, sharded: true },
    ]);
  });
});
