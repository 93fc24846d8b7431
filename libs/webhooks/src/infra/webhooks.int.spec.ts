import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AccountsServiceService, EndpointsServiceService, Limits, WebhooksChange, type EndpointsService } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { startService, type RunningService } from '@nexoramail/platform';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { Webhook } from 'standardwebhooks';
import { MIGRATIONS, WebhooksModule } from '../index.js';
import { HookServer, type Answer, type Received } from '../testing/hook-server.js';
import { mailRecord, uuid } from '../testing/mail-events.js';

const postgres = usePostgres({ schema: 'webhooks', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { webhooks: () => postgres.url } });
const changes: WebhooksChange[] = [];
let service: RunningService;
let endpoints: EndpointsService;
const servers: HookServer[] = [];

beforeAll(async () => {
  runtime.directory.register(AccountsServiceService, {
    getLimits: ({ accountIds }: { accountIds: string[] }) => Promise.resolve({
      results: accountIds.map((accountId) => ({ result: { $case: 'ok', ok: Limits.fromPartial({ accountId, version: 1n, webhooks: 3 }) } })),
    }),
  });
  await runtime.bus.subscribe({
    group: 'spec', topics: ['nexora.webhooks.changes.v1'],
    handle: (records) => { changes.push(...records.map(({ payload }) => WebhooksChange.decode(payload))); return Promise.resolve(); },
    park: () => Promise.resolve(),
  });
  service = await startService(runtime, { name: 'webhooks', module: WebhooksModule.register(runtime, { allowLoopback: true, postTimeoutMs: 1500 }) });
  endpoints = runtime.rpc.client<EndpointsService>(EndpointsServiceService);
});
afterAll(() => service.stop());
afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

const scopeOf = (accountId: string, mode = 'live') => ({ accountId, mode });
const receiver = async (answer?: Answer): Promise<HookServer> => {
  const server = await new HookServer(answer).listen();
  servers.push(server);
  return server;
};
const add = async (accountId: string, url: string, events = ['*']) => {
  const { endpoint, secret } = await endpoints.createEndpoint({ scope: scopeOf(accountId), url, events, description: '' });
  return { id: endpoint?.id ?? '', secret };
};
const attempts = async (accountId: string, endpointId: string) => (await endpoints.listEndpointAttempts({ scope: scopeOf(accountId), endpointId, page: { limit: 100, after: '' } })).attempts;
const status = async (accountId: string, endpointId: string) => (await endpoints.getEndpoint({ scope: scopeOf(accountId), endpointId })).endpoint;
const settled = async (): Promise<void> => expect(await runtime.settle.settled(8000)).toBe(true);
const verify = (secret: string, { body, headers }: Received): unknown => new Webhook(secret).verify(body, headers);

describe('a post', () => {
  test('carries the event as the feed shows it, signed as Standard Webhooks says', async () => {
    const [account, server] = [uuid(), await receiver()];
    const { secret } = await add(account, server.url);
    const record = mailRecord(account);
    await runtime.bus.publish([record]);
    const [post] = await server.until(1);
    if (!post) throw new Error('No post');
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(verify(secret, post)).toMatchObject({ type: 'email.delivered', timestamp: '2026-03-01T09:00:00.123Z', data: { recipient: { address: 'ann@shop.example' }, test: false } });
    expect(post.headers).toMatchObject({ 'webhook-id': publicId('evt', record.eventId, 0), 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(post.body)) });
    expect(Math.abs(Number(post.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(30);
    expect(() => verify(secret, { ...post, body: post.body.replace('ann@', 'eve@') })).toThrow();
  });

  test('goes to the endpoints of its account and mode that want its type, with one body for all', async () => {
    const [account, all, some, foreign] = [uuid(), await receiver(), await receiver(), await receiver()];
    await add(account, all.url);
    await add(account, some.url, ['email.bounced', 'email.delivered']);
    await add(uuid(), foreign.url);
    await endpoints.createEndpoint({ scope: scopeOf(account, 'test'), url: foreign.url, events: ['*'], description: '' });
    await runtime.bus.publish([mailRecord(account, ['email.sent', 'email.delivered'])]);
    await settled();
    expect([all.received.length, some.received.length, foreign.received.length]).toEqual([2, 1, 0]);
    const id = some.received[0]?.headers['webhook-id'];
    expect(all.received.find(({ headers }) => headers['webhook-id'] === id)?.body).toBe(some.received[0]?.body);
    const { rows } = await postgres.db.query<{ count: number }>({ name: '', text: 'SELECT count(*) FROM payload WHERE event_id = $1' }, [id]);
    expect(rows).toEqual([{ count: 1 }]);
  });

  test('sec-F9: is made once per event, whatever the bus repeats', async () => {
    const [account, server] = [uuid(), await receiver()];
    await add(account, server.url);
    const record = mailRecord(account);
    await runtime.bus.publish([record, record]);
    await runtime.bus.publish([record]);
    await settled();
    expect(server.received).toHaveLength(1);
  });
});

describe('retries', () => {
  test('come with the same id, and end with the first 2xx', async () => {
    const [account, server] = [uuid(), await receiver((response, n) => void response.writeHead(n < 3 ? 500 : 204).end(n < 3 ? 'broken\u0000\u001b[31m' : ''))];
    const { id, secret } = await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    await settled();
    runtime.manual.advance(5000);
    await settled();
    expect(server.received).toHaveLength(2);
    runtime.manual.advance(300_000);
    await settled();
    runtime.manual.advance(80 * 3_600_000);
    await settled();
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(server.received.map((post) => verify(secret, post))).toHaveLength(3);
    const list = await attempts(account, id);
    expect(list.map(({ n, status: code }) => [n, code])).toEqual([[3, 204], [2, 500], [1, 500]]);
    expect(list[2]).toMatchObject({ eventType: 'email.delivered', error: '', responseHead: 'broken\\u0000\\u001b[31m' });
    expect(list[0]?.nextAttemptAt).toBeUndefined();
    expect(list[1]?.nextAttemptAt).toBeInstanceOf(Date);
  });

  test('sec-S50 sec-F22: end after ten posts over 75 h; then the endpoint is paused, its owner told, and what waits goes on when it is enabled', async () => {
    const [account, server] = [uuid(), await receiver((response) => void response.writeHead(503).end())];
    const { id } = await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    const begun = runtime.manual.now().getTime();
    for (const delayS of [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
      await settled();
      expect(await status(account, id)).toMatchObject({ status: 'active' });
      runtime.manual.advance(delayS * 1000);
    }
    await settled();
    expect((runtime.manual.now().getTime() - begun) / 3_600_000).toBeCloseTo(75.58, 1);
    expect(server.received).toHaveLength(10);
    expect(await status(account, id)).toMatchObject({ status: 'paused', statusReason: 'retries_exhausted' });
    await runtime.bus.publish([mailRecord(account)]);
    await settled();
    expect(server.received).toHaveLength(10);
    server.answer = (response) => void response.writeHead(200).end();
    expect((await endpoints.enableEndpoint({ scope: scopeOf(account), endpointId: id })).endpoint).toMatchObject({ status: 'active', statusReason: '' });
    await settled();
    expect(server.received).toHaveLength(11);
    expect(changes.filter(({ endpointId }) => endpointId === id).map(({ status: is, reason }) => [is, reason])).toEqual([['paused', 'retries_exhausted'], ['active', '']]);
  }, 30_000);

  test('sec-S50: stop at 410: the endpoint is disabled', async () => {
    const [account, server] = [uuid(), await receiver((response) => void response.writeHead(410).end())];
    const { id } = await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    await settled();
    runtime.manual.advance(600_000);
    await runtime.bus.publish([mailRecord(account)]);
    await settled();
    expect(server.received).toHaveLength(1);
    expect(await status(account, id)).toMatchObject({ status: 'disabled', statusReason: 'endpoint_gone' });
  });

  test('sec-S50: wait as long as the endpoint asks with 429, for all its posts', async () => {
    const [account, server] = [uuid(), await receiver((response, n) => void response.writeHead(n === 1 ? 429 : 200, { 'retry-after': '600' }).end())];
    await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    await settled();
    await runtime.bus.publish([mailRecord(account)]);
    runtime.manual.advance(590_000);
    await settled();
    expect(server.received).toHaveLength(1);
    runtime.manual.advance(11_000);
    await settled();
    expect(server.received).toHaveLength(3);
  });

  test('sec-F22: of an endpoint that works again come at once, not when the schedule would', async () => {
    const [account, server] = [uuid(), await receiver((response) => void response.writeHead(500).end())];
    await add(account, server.url);
    for (let n = 0; n < 5; n += 1) await runtime.bus.publish([mailRecord(account)]);
    await settled();
    for (const delayS of [5, 300, 1800]) { runtime.manual.advance(delayS * 1000); await settled(); }
    const before = server.received.length;
    expect(before).toBe(20);
    server.answer = (response) => void response.writeHead(200).end();
    await runtime.bus.publish([mailRecord(account)]);
    await settled();
    expect(server.received).toHaveLength(before + 6);
  });
});

describe('lanes', () => {
  test('a dead and a hanging endpoint delay no other', async () => {
    const [account, healthy, hanging] = [uuid(), await receiver(), await receiver(() => undefined)];
    const dead = await receiver();
    const deadUrl = dead.url;
    await dead.close();
    await add(account, hanging.url);
    await add(account, deadUrl);
    const { id } = await add(account, healthy.url);
    for (let n = 0; n < 40; n += 1) await runtime.bus.publish([mailRecord(account)]);
    await healthy.until(40);
    expect(hanging.received.length).toBeLessThan(15);
    expect(new Set(healthy.received.map(({ headers }) => headers['webhook-id'])).size).toBe(40);
    await expect(attempts(account, id)).resolves.toBeInstanceOf(Array);
    for (const { id: endpointId } of (await endpoints.listEndpoints({ scope: scopeOf(account), page: undefined })).endpoints) await endpoints.deleteEndpoint({ scope: scopeOf(account), endpointId });
    await settled();
  });

  test('sec-A44: an answer that drips or never ends is cut off, and its status counts', async () => {
    const [account, server] = [uuid(), await receiver((response) => { response.writeHead(200); response.write('x'.repeat(2000)); })];
    const { id } = await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    await settled();
    expect(await attempts(account, id)).toMatchObject([{ n: 1, status: 200, responseHead: 'x'.repeat(1024) }]);
  });

  test('sec-A43: a redirect is not followed', async () => {
    const [account, other] = [uuid(), await receiver()];
    const server = await receiver((response) => void response.writeHead(307, { location: other.url }).end());
    const { id } = await add(account, server.url);
    await runtime.bus.publish([mailRecord(account)]);
    await server.until(1);
    await settled();
    expect(other.received).toHaveLength(0);
    expect(await attempts(account, id)).toMatchObject([{ status: 307 }]);
  });
});

describe('endpoints', () => {
  test('sec-S50: sign with two secrets for 24 h after a rotation', async () => {
    const [account, server] = [uuid(), await receiver()];
    const { id, secret: old } = await add(account, server.url);
    const rotated = await endpoints.rotateSecret({ scope: scopeOf(account), endpointId: id });
    expect((rotated.oldSecretUntil?.getTime() ?? 0) - runtime.manual.now().getTime()).toBe(86_400_000);
    await runtime.bus.publish([mailRecord(account)]);
    const [both] = await server.until(1);
    if (!both) throw new Error('No post');
    expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect([verify(old, both), verify(rotated.secret, both)]).toHaveLength(2);
    runtime.manual.advance(86_400_001);
    await runtime.bus.publish([mailRecord(account)]);
    const [, one] = await server.until(2);
    if (!one) throw new Error('No post');
    expect(verify(rotated.secret, one)).toBeDefined();
    expect(() => verify(old, one)).toThrow();
    await settled();
  });

  test('keep their secrets sealed', async () => {
    const account = uuid();
    const { id, secret } = await add(account, 'https://hooks.shop.example/x');
    const { rows } = await postgres.db.query<{ sealed: Buffer }>({ name: '', text: 'SELECT sealed FROM secret WHERE endpoint_id = $1' }, [id]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sealed.includes(Buffer.from(secret.slice(6), 'base64'))).toBe(false);
  });

  test('are at most as many as the plan allows, also when created side by side', async () => {
    const account = uuid();
    const results = await Promise.allSettled(Array.from({ length: 6 }, (_, n) => add(account, `https://hooks${n}.shop.example/`)));
    expect(results.filter(({ status: is }) => is === 'fulfilled')).toHaveLength(3);
    expect(results.filter((result) => result.status === 'rejected').map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(3).fill('plan_limit_webhooks'));
    await expect(endpoints.createEndpoint({ scope: scopeOf(account, 'test'), url: 'https://a.shop.example', events: ['*'], description: '' })).resolves.toBeDefined();
  });

  test('get a test event of their own, whatever their filter', async () => {
    const [account, server, other] = [uuid(), await receiver(), await receiver()];
    const { id, secret } = await add(account, server.url, ['email.bounced']);
    await add(account, other.url);
    const { eventId } = await endpoints.testEndpoint({ scope: scopeOf(account), endpointId: id });
    const [post] = await server.until(1);
    if (!post) throw new Error('No post');
    expect(verify(secret, post)).toMatchObject({ type: 'webhook.test', data: { webhook_id: publicId('whk', id) } });
    expect([post.headers['webhook-id'], other.received.length]).toEqual([eventId, 0]);
    await settled();
  });

  test('change, are listed in pages newest first, and go', async () => {
    const account = uuid();
    const made = [];
    for (let n = 0; n < 3; n += 1) { made.push((await add(account, `https://hooks${n}.shop.example/`)).id); runtime.manual.advance(1); }
    const first = await endpoints.listEndpoints({ scope: scopeOf(account), page: { limit: 2, after: '' } });
    const rest = await endpoints.listEndpoints({ scope: scopeOf(account), page: { limit: 2, after: first.page?.nextCursor ?? '' } });
    expect([...first.endpoints, ...rest.endpoints].map(({ id }) => id)).toEqual([...made].reverse());
    expect([first.page?.hasMore, rest.page?.hasMore]).toEqual([true, false]);
    const endpointId = made[0] ?? '';
    const { endpoint } = await endpoints.updateEndpoint({ scope: scopeOf(account), endpointId, url: undefined, events: ['email.bounced'], description: 'Till' });
    expect(endpoint).toMatchObject({ url: 'https://hooks0.shop.example/', events: ['email.bounced'], description: 'Till', status: 'active' });
    await endpoints.deleteEndpoint({ scope: scopeOf(account), endpointId });
    await expect(status(account, endpointId)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('sec-A53: of another account or mode are not found by any operation', async () => {
    const account = uuid();
    const { id: endpointId } = await add(account, 'https://hooks.shop.example/');
    for (const scope of [scopeOf(uuid()), scopeOf(account, 'test')]) {
      for (const call of [
        endpoints.getEndpoint({ scope, endpointId }), endpoints.updateEndpoint({ scope, endpointId, url: undefined, events: ['*'], description: 'x' }),
        endpoints.deleteEndpoint({ scope, endpointId }), endpoints.rotateSecret({ scope, endpointId }), endpoints.testEndpoint({ scope, endpointId }),
        endpoints.enableEndpoint({ scope, endpointId }), endpoints.listEndpointAttempts({ scope, endpointId, page: undefined }),
      ]) await expect(call).rejects.toMatchObject({ code: 'not_found' });
      expect((await endpoints.listEndpoints({ scope, page: undefined })).endpoints).toEqual([]);
    }
    await expect(status(account, endpointId)).resolves.toMatchObject({ description: '' });
  });

  test('refuse what is no event type or URL, with the place', async () => {
    const account = uuid();
    await expect(add(account, 'https://hooks.shop.example', ['email.delivered', 'email.opend'])).rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/events/1' }] });
    await expect(add(account, 'https://10.0.0.1/')).rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/url' }] });
    await expect(endpoints.listEndpoints({ scope: scopeOf(account), page: { limit: 0, after: 'nonsense' } })).rejects.toMatchObject({ errors: [{ pointer: '/after' }] });
  });
});

