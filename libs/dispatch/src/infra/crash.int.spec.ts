import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@nexoramail/kernel';
import { CommitUnknownError, Database, type Faults, type Runtime, type Statement } from '@nexoramail/platform';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { eventually, testRuntime, usePostgres } from '@nexoramail/testing';
import { aMessage, ACME, OTHER } from '../fixtures/a-message.js';
import { stepsOf, typesOf } from '../fixtures/deliveries.js';
import { makeDkimKey } from '../fixtures/dkim-keys.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts } from './build-accept.js';
import { buildDeliver, INTERNET_DELIVERY, type DeliverParts } from './build-deliver.js';
import { DeliveryService } from './delivery-service.js';
import { PgQueueStore } from './pg-queue-store.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS, max: 20 });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids } = runtime;
let sandbox: Sandbox;
let neighbours: Neighbours;
let unregister = (): void => undefined;
let running: DeliveryService[] = [];

const one = (text: string) => ({ name: '', text });
const count = async (table: string): Promise<number> => (await postgres.db.query<{ n: number }>(one(`SELECT count(*) AS n FROM ${table}`))).rows[0]?.n ?? -1;

/** Faults that a spec holds in its hand: a point waits for its gate or throws. */
class HandFaults implements Faults {
  readonly passed: string[] = [];
  private readonly gates = new Map<string, Promise<void>>();
  private readonly failures = new Map<string, Error>();

  hold(name: string): () => void {
    const gate = Promise.withResolvers<void>();
    this.gates.set(name, gate.promise);
    return () => {
      this.gates.delete(name);
      gate.resolve();
    };
  }

  failOnce(name: string, error: Error): void {
    this.failures.set(name, error);
  }

  point(name: string): void | Promise<void> {
    this.passed.push(name);
    const failure = this.failures.get(name);
    this.failures.delete(name);
    if (failure) throw failure;
    return this.gates.get(name);
  }
}

/** A database whose answer to one statement gets lost after it was done. */
function losing(db: Database, name: string): Database {
  let lost = false;
  return new Proxy(db, {
    get: (target, property) => {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (statement: Statement, values: readonly unknown[]) => {
        const result = await target.query(statement, values);
        if (statement.name !== name || lost) return result;
        lost = true;
        throw new CommitUnknownError(new Error('cut'));
      };
    },
  });
}

function accepting(faults: Faults, db = postgres.db): AcceptParts {
  const own: Runtime = { ...runtime, faults };
  return buildAccept(own, db, buildContent(own, db), new PgSwitches(db, runtime.monotonic));
}

function delivering(changes: Partial<Runtime> = {}, db = postgres.db): DeliverParts & { readonly service: DeliveryService } {
  const own: Runtime = { ...runtime, ...changes };
  const parts = buildDeliver(own, db, buildContent(own, db), new PgSwitches(db, own.monotonic), {
    ...INTERNET_DELIVERY, dnsServers: [`127.0.0.1:${sandbox.dnsPort}`], mxPort: sandbox.smtpPort, allowLoopback: true, extraCa: [sandbox.caPem],
  });
  const service = new DeliveryService(own, db, parts);
  running.push(service);
  return { ...parts, service };
}

/** Nothing more is heard of a worker: it leases nothing, keeps what it has in hand, and its leases run out. Else its next poll would take the row back. */
async function fallSilent({ service }: { readonly service: DeliveryService }): Promise<void> {
  void service.stop();
  await postgres.db.query(one(`UPDATE queue SET lease_until = lease_until - interval '70 seconds'`));
}

beforeAll(async () => { sandbox = await startSandbox({ clock: runtime.manual }); });
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  sandbox.store.clear();
  neighbours = new Neighbours();
  unregister = neighbours.register(runtime.rpc);
  running = [];
  await makeDkimKey(runtime, { accountId: ACME, domainId: neighbours.domainId, domain: 'acme.example', selector: 'nx1', algorithm: 'rsa-sha256' });
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.stop()));
  unregister();
});

describe('crash points of accept (sec-F3, sec-F35)', () => {
  test('before the commit: nothing exists, the same ids are taken afterwards', async () => {
    const faults = new HandFaults();
    const accept = accepting(faults);
    const message = aMessage(ids, { idempotencyKey: 'k' });
    faults.failOnce('accept.before-commit', new AppError('temporarily_unavailable', 'cut'));
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'retry' });
    expect([await count('message'), await count('idempotency')]).toEqual([0, 0]);
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'ok', value: { replayed: false } });
  });

  test('after the commit, before the answer: the repeat is answered, one message, one debit', async () => {
    const faults = new HandFaults();
    const accept = accepting(faults);
    const message = aMessage(ids, { idempotencyKey: 'k' });
    faults.failOnce('accept.after-commit', new AppError('temporarily_unavailable', 'cut'));
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'retry' });
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'ok', value: { messageId: message.id } });
    expect((await accept.submit.execute([aMessage(ids, { idempotencyKey: 'k' })]))[0]).toMatchObject({ kind: 'ok', value: { messageId: message.id, replayed: true } });
    expect([await count('message'), await count('outbox'), (await postgres.db.query<{ used: number }>(one('SELECT used FROM gate'))).rows[0]?.used]).toEqual([1, 1, 1]);
  });

  test('the line breaks in COMMIT: the same ids on a new connection tell that it was done', async () => {
    const accept = accepting(new HandFaults(), losing(postgres.db, 'dispatch_accept_batch'));
    expect((await accept.submit.execute([aMessage(ids), aMessage(ids)])).map(({ kind }) => kind)).toEqual(['ok', 'ok']);
    expect(await count('message')).toBe(2);
  });
});

describe('crash points of deliver (sec-F3)', () => {
  test('dead after the peer\'s 250: the lease returns the row, one duplicate, one terminal event; the late finish changes nothing', async () => {
    const faults = new HandFaults();
    const message = aMessage(ids);
    await accepting(faults).submit.execute([message]);
    const release = faults.hold('deliver.after-250');
    const first = delivering({ faults });
    first.service.start();
    await eventually(() => expect(faults.passed).toContain('deliver.after-250'));
    await fallSilent(first);
    const second = delivering();
    second.service.start();
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toContain('delivered'));
    release();
    await eventually(() => expect(first.loop.size).toBe(0));
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    expect(sandbox.store.list()).toHaveLength(2);
  });

  test('an outcome that comes while another worker has the row changes nothing', async () => {
    const [faults, others] = [new HandFaults(), new HandFaults()];
    const message = aMessage(ids);
    await accepting(faults).submit.execute([message]);
    const release = faults.hold('deliver.after-250');
    const first = delivering({ faults });
    first.service.start();
    await eventually(() => expect(faults.passed).toContain('deliver.after-250'));
    await fallSilent(first);
    const releaseOther = others.hold('deliver.before-mail');
    const second = delivering({ faults: others });
    second.service.start();
    await eventually(() => expect(others.passed).toContain('deliver.before-mail'));
    release();
    await eventually(() => expect(first.loop.size).toBe(0));
    expect([await typesOf(postgres.db, message.id), await count('queue')]).toEqual([['accepted', 'queued'], 1]);
    releaseOther();
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']));
  });

  test('a deferral that comes while another worker has the row neither moves it nor frees it', async () => {
    const [faults, others] = [new HandFaults(), new HandFaults()];
    const message = aMessage(ids, { to: ['defer@sandbox.test'] });
    await accepting(faults).submit.execute([message]);
    const release = faults.hold('finish.before-commit');
    const first = delivering({ faults });
    first.service.start();
    await eventually(() => expect(faults.passed).toContain('finish.before-commit'));
    await fallSilent(first);
    const releaseOther = others.hold('deliver.before-mail');
    const second = delivering({ faults: others });
    second.service.start();
    await eventually(() => expect(others.passed).toContain('deliver.before-mail'));
    release();
    await eventually(() => expect(first.loop.size).toBe(0));
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued']);
    expect((await postgres.db.query(one('SELECT state, tries, lease_token IS NOT NULL AS leased FROM queue'))).rows).toEqual([{ state: 0, tries: 0, leased: true }]);
    releaseOther();
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delayed']));
  });

  test('dead before MAIL: tried again, no duplicate', async () => {
    const faults = new HandFaults();
    const message = aMessage(ids);
    await accepting(faults).submit.execute([message]);
    const release = faults.hold('deliver.before-mail');
    const first = delivering({ faults });
    first.service.start();
    await eventually(() => expect(faults.passed).toContain('deliver.before-mail'));
    await fallSilent(first);
    delivering().service.start();
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toContain('delivered'));
    release();
    await eventually(() => expect(first.loop.size).toBe(0));
    expect(sandbox.store.list()).toHaveLength(1);
  });

  test('a process that was paused wakes before the final dot: too little lease left, nothing is sent, no try is counted', async () => {
    const faults = new HandFaults();
    let skew = 0;
    const monotonic = { now: () => runtime.monotonic.now() + skew };
    const message = aMessage(ids);
    await accepting(faults).submit.execute([message]);
    const release = faults.hold('deliver.before-mail');
    const worker = delivering({ faults, monotonic });
    worker.service.start();
    await eventually(() => expect(faults.passed).toContain('deliver.before-mail'));
    skew = 56_000;
    const stillHeld = faults.hold('finish.before-commit');
    release();
    await eventually(() => expect(faults.passed).toContain('finish.before-commit'));
    expect(sandbox.store.list()).toHaveLength(0);
    stillHeld();
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']));
    expect((await postgres.db.query(one('SELECT attempts FROM recipient'))).rows).toEqual([{ attempts: 1 }]);
    expect(sandbox.store.list()).toHaveLength(1);
  });

  test('a finish whose answer is lost, or that fails, is written once', async () => {
    const faults = new HandFaults();
    const messages = [aMessage(ids), aMessage(ids)];
    await accepting(faults).submit.execute(messages);
    faults.failOnce('finish.before-commit', new AppError('temporarily_unavailable', 'away'));
    delivering({ faults }, losing(postgres.db, 'dispatch_finish')).service.start();
    for (const { id } of messages) await eventually(async () => expect(await typesOf(postgres.db, id)).toEqual(['accepted', 'queued', 'sent', 'delivered']));
    expect([await count('queue'), sandbox.store.list().length]).toEqual([0, 2]);
  });
});

describe('a peer whose words cannot be stored', () => {
  test('its message ends all the same, and others\' ends are not held up', async () => {
    const accept = accepting(new HandFaults());
    const messages = ['a', 'b', 'c'].map((name) => aMessage(ids, { to: [`${name}@sandbox.test`] }));
    await accept.submit.execute(messages);
    // As if a reply with a NUL had come through: jsonb cannot hold it.
    const worker = delivering();
    const finish = worker.queue.finish.bind(worker.queue);
    const poison = messages[1]?.id;
    worker.queue.finish = (end) => finish(end.row.messageId === poison && end.reply ? { ...end, reply: { ...end.reply, text: 'nul \0' } } : end);
    worker.service.start();
    for (const { id } of messages) await eventually(async () => expect(await typesOf(postgres.db, id)).toEqual(['accepted', 'queued', 'sent', 'delivered']));
    expect([await count('queue'), sandbox.store.list().length]).toEqual([0, 3]);
  });
});

describe('several workers', () => {
  test('two workers, 200 messages: each one delivered once, with one terminal event', async () => {
    const accept = accepting(new HandFaults());
    const messages = Array.from({ length: 200 }, (_, i) => aMessage(ids, { to: [`delivered+${i}@d${i % 7}.sandbox.test`], accountId: i % 3 === 0 ? OTHER : ACME }));
    await accept.submit.execute(messages);
    delivering().service.start();
    delivering().service.start();
    await eventually(async () => expect(await count('queue')).toBe(0), 20_000);
    expect(sandbox.store.list()).toHaveLength(200);
    const ends = await Promise.all(messages.map(async ({ id }) => (await stepsOf(postgres.db, id)).filter(({ type }) => type === 'email.delivered').length));
    expect(new Set(ends)).toEqual(new Set([1]));
  }, 30_000);

  test('while others wait one account gets a quarter of a site\'s slots; alone it gets them all; blocked lanes give none', async () => {
    const accept = accepting(new HandFaults());
    await accept.submit.execute(Array.from({ length: 60 }, () => aMessage(ids, { to: ['flood@one.sandbox.test'] })));
    await accept.submit.execute([aMessage(ids, { accountId: OTHER, to: ['small@one.sandbox.test'] }), aMessage(ids, { to: ['x@blocked.sandbox.test'] })]);
    const { clock, wall, monotonic, faults, wake } = runtime;
    const store = new PgQueueStore({ db: postgres.db, clock, wall, monotonic, faults, wake });
    const free = new Map([['one.sandbox.test', 16], ['blocked.sandbox.test', 0]]);
    const lease = () => store.lease({ limit: 100, free, defaultFree: 2, since: clock.now() });
    const per = (rows: Awaited<ReturnType<typeof lease>>) => [rows.filter(({ accountId }) => accountId === ACME).length, rows.filter(({ accountId }) => accountId === OTHER).length];
    expect(per(await lease())).toEqual([4, 1]);
    expect(per(await lease())).toEqual([4, 0]); // its lane is still there: its row is under a lease
    await postgres.db.query(one(`DELETE FROM queue WHERE account_id = '${OTHER}'`));
    expect(per(await lease())).toEqual([16, 0]);
    await store.close();
  });

  test('lease, finish and accept read the big tables by their indexes, even when they are empty', async () => {
    const db = Database.open({ url: postgres.url, schema: 'mail', max: 1 }); // one connection, whose figures can be flushed
    const scans = async (): Promise<number> => {
      await db.query(one('SELECT pg_stat_force_next_flush()'));
      return (await db.query<{ n: number }>(one(`SELECT coalesce(sum(seq_scan), 0)::bigint AS n FROM pg_stat_user_tables WHERE relname ~ '^(queue|message|recipient|content|idempotency)'`))).rows[0]?.n ?? -1;
    };
    const before = await scans();
    const accept = accepting(new HandFaults(), db);
    await accept.submit.execute(Array.from({ length: 20 }, () => aMessage(ids, { idempotencyKey: ids.uuid(), sensitive: true, orderingKey: ids.uuid() })));
    const worker = delivering({}, db);
    worker.service.start();
    await eventually(async () => expect((await db.query(one(`SELECT FROM outbox WHERE type = 'email.delivered'`))).rowCount).toBe(20));
    await worker.service.stop();
    const after = await scans();
    await db.query(one('SELECT count(*) FROM content_key')); // the figures do move
    expect(await scans()).toBe(after + 1);
    await db.close();
    expect(after).toBe(before);
  });
});

describe('a database that stands still', () => {
  test('sec-F5: the door is told to come again within 2 s, and the same ids are answered once it moves', async () => {
    const stuck = Promise.withResolvers<void>();
    const db = new Proxy(postgres.db, {
      get: (target, property) => {
        if (property !== 'query') return Reflect.get(target, property) as unknown;
        return async (statement: Statement, values: readonly unknown[]) => {
          if (statement.name === 'dispatch_accept_batch') await stuck.promise;
          return target.query(statement, values);
        };
      },
    });
    const accept = accepting(new HandFaults(), db);
    const message = aMessage(ids);
    const started = performance.now();
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'retry', error: { code: 'temporarily_unavailable', retryAfterS: 2 } });
    expect(performance.now() - started).toBeLessThan(2_000);
    stuck.resolve();
    expect((await accept.submit.execute([message]))[0]).toMatchObject({ kind: 'ok' });
    expect([await count('message'), await count('outbox')]).toEqual([1, 1]);
  });
});
