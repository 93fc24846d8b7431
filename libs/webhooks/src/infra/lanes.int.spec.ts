import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { AccountsServiceService, EndpointsServiceService, Limits, type EndpointsService } from '@nexoramail/contracts';
import { startService, type RunningService } from '@nexoramail/platform';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { MIGRATIONS, WebhooksModule, WebhooksService } from '../index.js';
import { HookServer, type Answer } from '../testing/hook-server.js';
import { mailRecord, uuid } from '../testing/mail-events.js';

const postgres = usePostgres({ schema: 'webhooks', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { webhooks: () => postgres.url }, variables: { NEXORA_FAULTS: 'webhooks.before-finish:throw=internal#1' } });
const closers: (() => Promise<void>)[] = [];

beforeAll(() => {
  runtime.directory.register(AccountsServiceService, {
    getLimits: ({ accountIds }: { accountIds: string[] }) => Promise.resolve({ results: accountIds.map((accountId) => ({ result: { $case: 'ok', ok: Limits.fromPartial({ accountId, version: 1n }) } })) }),
  });
});
afterEach(async () => { for (const close of closers.splice(0).reverse()) await close(); });

const start = async (): Promise<RunningService> => {
  const service = await startService(runtime, { name: 'webhooks', module: WebhooksModule.register(runtime, { allowLoopback: true }) });
  closers.push(() => service.stop());
  return service;
};
const receiver = async (answer?: Answer): Promise<HookServer> => {
  const server = await new HookServer(answer).listen();
  closers.push(() => server.close());
  return server;
};
const add = async (accountId: string, url: string): Promise<string> =>
  (await runtime.rpc.client<EndpointsService>(EndpointsServiceService).createEndpoint({ scope: { accountId, mode: 'live' }, url, events: ['*'], description: '' })).endpoint?.id ?? '';
const rows = async (text: string, ...values: unknown[]) => (await postgres.db.query({ name: '', text }, values)).rows;

test('a post whose result was lost is made again with the same id, and told once', async () => {
  const service = await start();
  const [account, server] = [uuid(), await receiver()];
  const endpointId = await add(account, server.url);
  await runtime.bus.publish([mailRecord(account)]); // the first result is thrown away by the fault
  await server.until(1);
  const { lanes } = service.get<WebhooksService>(WebhooksService);
  expect(await rows('SELECT tries, lease_token IS NOT NULL AS leased FROM delivery WHERE endpoint_id = $1', endpointId)).toEqual([{ tries: 0, leased: true }]);
  await rows(`UPDATE delivery SET lease_until = '2020-01-01Z' WHERE endpoint_id = $1`, endpointId); // as if a minute had passed
  lanes.wake();
  await server.until(2);
  expect(await runtime.settle.settled(5000)).toBe(true);
  expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(await rows('SELECT n, status FROM attempt WHERE endpoint_id = $1', endpointId)).toEqual([{ n: 1, status: 200 }]);
  expect(await rows('SELECT FROM delivery WHERE endpoint_id = $1', endpointId)).toEqual([]);
});

test('a stop cuts off posts under way as not made, and the next start makes them', async () => {
  const service = await start();
  const [account, server] = [uuid(), await receiver(() => undefined)];
  const endpointId = await add(account, server.url);
  for (let n = 0; n < 9; n += 1) await runtime.bus.publish([mailRecord(account)]);
  await server.until(4);
  await service.stop();
  expect(server.received).toHaveLength(4);
  expect(await rows('SELECT count(*) AS n, count(lease_token) AS leased, sum(tries)::int AS tries FROM delivery WHERE endpoint_id = $1', endpointId)).toEqual([{ n: 9, leased: 0, tries: 0 }]);
  expect(await rows('SELECT FROM attempt WHERE endpoint_id = $1', endpointId)).toEqual([]);
  server.answer = (response) => void response.writeHead(200).end();
  await start();
  await server.until(13);
  expect(await runtime.settle.settled(5000)).toBe(true);
  expect(new Set(server.received.slice(4).map(({ headers }) => headers['webhook-id'])).size).toBe(9);
}, 20_000);

test('sec-F3: a restart after a kill makes the posts that were under way at once, not when their leases end', async () => {
  const [account, server] = [uuid(), await receiver()];
  const killed = await start();
  const endpointId = await add(account, server.url);
  await killed.stop();
  const day = runtime.manual.now().toISOString().slice(0, 10);
  await rows(`INSERT INTO payload (day, event_id, type, body) VALUES ($1::date, 'evt_kill', 'email.sent', '{}')`, day);
  await rows(`INSERT INTO delivery (endpoint_id, event_id, payload_day, type, created_at, run_at, lease_token, lease_until)
    VALUES ($1, 'evt_kill', $2::date, 'email.sent', $3, $3, $4, $5)`, endpointId, day, runtime.manual.now(), uuid(), new Date(Date.now() + 60_000));
  await start();
  expect((await server.until(1))[0]?.headers['webhook-id']).toBe('evt_kill');
  expect(await runtime.settle.settled(5000)).toBe(true);
});

test('a result that comes when the lease has gone to another changes nothing but the list of posts', async () => {
  const service = await start();
  const [account, server] = [uuid(), await receiver((response) => void held.push(response))];
  const held: Parameters<Answer>[0][] = [];
  const endpointId = await add(account, server.url);
  await runtime.bus.publish([mailRecord(account), mailRecord(account)]);
  await server.until(2);
  const other = uuid();
  await rows('UPDATE delivery SET lease_token = $2 WHERE endpoint_id = $1', endpointId, other);
  held[0]?.writeHead(200).end();
  held[1]?.writeHead(500).end();
  const { lanes } = service.get<WebhooksService>(WebhooksService);
  while ((await rows('SELECT FROM attempt WHERE endpoint_id = $1', endpointId)).length < 2) await new Promise(setImmediate);
  expect(await rows('SELECT tries, exhausted, lease_token FROM delivery WHERE endpoint_id = $1', endpointId))
    .toEqual(Array(2).fill({ tries: 0, exhausted: false, lease_token: other }));
  await rows('DELETE FROM delivery WHERE endpoint_id = $1', endpointId);
  while (!(await lanes.idle())) await new Promise(setImmediate);
});

test('two replicas share the waiting posts of an endpoint, each made once', async () => {
  const [account, server] = [uuid(), await receiver()];
  const first = await start();
  const endpointId = await add(account, server.url);
  const { db } = first.get<WebhooksService>(WebhooksService);
  const day = runtime.manual.now().toISOString().slice(0, 10);
  await db.query({ name: '', text: `INSERT INTO payload (day, event_id, type, body) SELECT $1::date, 'evt_' || n, 'email.sent', '{}' FROM generate_series(1, 300) n` }, [day]);
  const second = new WebhooksService(runtime, { allowLoopback: true });
  closers.push(async () => { await second.lanes.stop(); });
  await db.query({ name: '', text: `INSERT INTO delivery (endpoint_id, event_id, payload_day, type, created_at, run_at)
    SELECT $1, 'evt_' || n, $2::date, 'email.sent', $3, $3 FROM generate_series(1, 300) n` }, [endpointId, day, runtime.manual.now()]);
  second.lanes.start();
  await server.until(300);
  expect(await runtime.settle.settled(5000)).toBe(true);
  while (!(await second.lanes.idle())) await new Promise(setImmediate);
  expect(server.received).toHaveLength(300);
  expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(300);
}, 20_000);
