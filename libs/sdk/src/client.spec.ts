/// <reference types="node" />
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  ConflictError, ConnectionError, FetchTransport, ForbiddenError, InvalidResponseError, NexoraMail, NexoraMailError, NotFoundError, PayloadTooLargeError,
  RateLimitError, ServerError, TimeoutError, UnauthorizedError, ValidationError,
} from './index.js';

/** One request as the server saw it. */
interface Seen {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real HTTP server that answers by script, for the specs of the SDK. */
class ScriptedServer {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  #script: RequestListener[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
        const answer = this.#script.length > 1 ? this.#script.shift() : this.#script[0];
        answer?.(request, response);
      });
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers in this order; the last one for all that follow. */
  script(...answers: RequestListener[]): void {
    this.#script = answers;
    this.seen.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers JSON. */
function json(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers raw text. */
function raw(status: number, body: string | Buffer, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

/** Cuts the connection without an answer. */
const reset: RequestListener = (request) => request.socket.destroy();

const email = { from: 'a@shop.example', to: 'b@x.example', subject: 's', text: 't', category: 'auth.password_reset' };
const accepted = { id: 'em_1', status: 'queued', created_at: '2026-03-01T09:00:00Z', message_id_header: '<1@x>', recipients: [] };
const key = 'nxm_live_secretsecret';
let server: ScriptedServer;

beforeAll(async () => { server = await ScriptedServer.start(); });
afterAll(() => server.stop());

/** A client that sleeps in no time and notes how long it would have slept. */
function setup(options: { timeoutMs?: number; random?: () => number } = {}): { nexora: NexoraMail; slept: number[] } {
  const slept: number[] = [];
  const transport = new FetchTransport({
    baseUrl: `${server.url}/`, headers: () => ({ Authorization: `Bearer ${key}` }), random: () => 0.5, ...options,
    sleep: (ms) => { slept.push(ms); return Promise.resolve(); },
  });
  return { nexora: new NexoraMail(undefined, { transport }), slept };
}

test('a send goes out with the key in the Authorization header only', async () => {
  server.script(json(202, accepted));
  const nexora = new NexoraMail(key, { baseUrl: server.url });
  await expect(nexora.emails.send(email)).resolves.toEqual(accepted);
  expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/v1/emails', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } });
  expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(email);
  expect(inspect(nexora, { depth: 9, showHidden: true })).not.toContain('secretsecret');
});

test('503, a cut connection, then 202 is one send under one idempotency key, with growing delays', async () => {
  server.script(json(503, { code: 'temporarily_unavailable', retryable: true }), reset, json(202, accepted));
  const { nexora, slept } = setup();
  await nexora.emails.send(email);
  expect(new Set(server.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(server.seen[0]?.headers['idempotency-key']).toMatch(/^.{36}$/);
  expect(server.seen).toHaveLength(3);
  expect(slept[1]).toBeGreaterThan(slept[0] ?? 0);
});

test('422 is tried once; 429 waits at least as long as the server asked', async () => {
  server.script(json(422, { code: 'validation_failed', retryable: false, detail: 'from: missing', errors: [{ pointer: '/from', code: 'required', message: 'missing' }] }));
  const { nexora, slept } = setup({ random: () => 0 });
  await expect(nexora.emails.send(email)).rejects.toMatchObject({ name: 'ValidationError', message: 'from: missing', errors: [{ pointer: '/from' }] });
  expect(server.seen).toHaveLength(1);
  server.script(json(429, { code: 'rate_limited', retryable: true }, { 'retry-after': '2' }), json(202, accepted));
  await nexora.emails.send(email);
  expect(slept).toEqual([expect.any(Number)]);
  expect(slept[0]).toBeGreaterThanOrEqual(2_000);
});

test('a pause longer than a minute is reported, not waited for; a used-up quota is not repeated', async () => {
  server.script(json(429, { code: 'rate_limited', retryable: true }, { 'retry-after': '3600' }));
  const { nexora, slept } = setup();
  await expect(nexora.emails.send(email)).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 3600 });
  server.script(json(429, { code: 'quota_exceeded', retryable: false }, { 'retry-after': '1' }));
  await expect(nexora.emails.send(email)).rejects.toMatchObject({ code: 'quota_exceeded', retryable: false });
  expect(slept).toEqual([]);
  expect(server.seen).toHaveLength(1);
});

test('a creation without an idempotency key is never repeated after it may have taken effect', async () => {
  server.script(reset);
  const { nexora } = setup();
  await expect(nexora.apiKeys.create({ name: 'k', mode: 'live', scopes: [] })).rejects.toBeInstanceOf(ConnectionError);
  expect(server.seen).toHaveLength(1);
  await expect(nexora.apiKeys.revoke('key_1')).rejects.toBeInstanceOf(ConnectionError);
  expect(server.seen).toHaveLength(5);
});

test.each([
  [401, UnauthorizedError], [403, ForbiddenError], [404, NotFoundError], [409, ConflictError], [413, PayloadTooLargeError],
  [422, ValidationError], [429, RateLimitError], [500, ServerError], [503, ServerError], [418, NexoraMailError],
] as const)('%i has a class of its own, with code, text and request id', async (status, type) => {
  server.script(json(status, { code: 'some_code', title: 'T', detail: 'what to do', retryable: false }, { 'x-request-id': 'req_7' }));
  const error: unknown = await setup().nexora.emails.get('em_1').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(type);
  expect(error).toBeInstanceOf(NexoraMailError);
  expect(error).toMatchObject({ code: 'some_code', message: 'what to do', requestId: 'req_7', status, title: 'T' });
});

test.each([
  ['an HTML page', raw(502, '<html>Bad gateway</html>', { 'content-type': 'text/html' }), { code: 'internal', status: 502, retryable: true }],
  ['members of the wrong kind', json(400, { code: { a: 1 }, detail: 7, errors: [null, 3, { pointer: 4 }], retryable: 'yes' }), { code: 'http_error', retryable: false, errors: [{ pointer: '', code: 'invalid', message: '' }] }],
  ['JSON that is no object', raw(403, '[1]'), { code: 'forbidden', message: 'The server answered 403.' }],
  ['a redirect', raw(302, '', { location: 'http://evil.example/' }), { code: 'unexpected_redirect', retryable: false }],
  ['a success that is no JSON', raw(200, '<html>Sign in</html>'), { name: 'InvalidResponseError', retryable: false }],
  ['a success that is null', raw(200, 'null'), { name: 'InvalidResponseError' }],
  ['a malformed Retry-After', json(429, { retryable: false }, { 'retry-after': '-5' }), { retryAfterS: undefined }],
  ['a text that never ends', json(400, { detail: 'x'.repeat(100_000) }), { message: 'x'.repeat(2_000) }],
])('a hostile answer becomes a typed error: %s', async (_name, answer, expected) => {
  server.script(answer);
  await expect(setup().nexora.emails.get('em_1')).rejects.toMatchObject(expected);
});

test('a page without a list is refused, and a repeated cursor ends the walk', async () => {
  server.script(json(200, { data: 'no' }));
  await expect(setup().nexora.webhooks.list().page()).rejects.toBeInstanceOf(InvalidResponseError);
  server.script(json(200, { data: [{ id: 'em_1' }], has_more: true, next_cursor: 'same' }));
  const ids: string[] = [];
  for await (const { id } of setup().nexora.emails.list()) ids.push(id);
  expect(ids).toEqual(['em_1', 'em_1']);
});

test('a list walks its pages with filters and cursor', async () => {
  server.script(json(200, { data: [{ id: 'em_2' }], has_more: true, next_cursor: 'c1' }), json(200, { data: [{ id: 'em_1' }], has_more: false, next_cursor: null }));
  const ids: string[] = [];
  for await (const { id } of setup().nexora.emails.list({ status: ['bounced', 'failed'], metadata: { 'order id': '7' }, tag: 'ä&b' }, { limit: 1 })) ids.push(id);
  expect(ids).toEqual(['em_2', 'em_1']);
  const [first, second] = server.seen.map(({ url }) => new URL(url, 'http://x').searchParams);
  expect(first?.getAll('status')).toEqual(['bounced', 'failed']);
  expect([first?.get('metadata[order id]'), first?.get('tag'), first?.get('limit'), first?.get('after')]).toEqual(['7', 'ä&b', '1', null]);
  expect(second?.get('after')).toBe('c1');
});

test('the feed goes on from its cursor until the reader stops', async () => {
  const event = (seq: number): unknown => ({ id: `evt_${seq}`, seq, type: 'email.sent', timestamp: '', data: {} });
  server.script(json(200, { data: [event(1)], next_cursor: 'c1' }), json(200, { data: [], next_cursor: 'c1' }), json(200, { data: [event(2)], next_cursor: 'c2' }));
  const seen: (number | undefined)[] = [];
  for await (const { seq } of setup().nexora.events.follow({ types: ['email.sent', 'email.delivered'] })) {
    seen.push(seq);
    if (seq === 2) break;
  }
  expect(seen).toEqual([1, 2]);
  expect(server.seen.map(({ url }) => new URL(url, 'http://x').searchParams.get('after'))).toEqual([null, 'c1', 'c1']);
});

test('the end of the feed is found without carrying its history', async () => {
  server.script(json(200, { data: [], has_more: true, next_cursor: 'c1' }), json(200, { data: [], has_more: false, next_cursor: 'c9' }));
  await expect(setup().nexora.events.end()).resolves.toBe('c9');
  expect(server.seen.map(({ url }) => url)).toEqual(['/v1/events?types=quota.threshold_reached&limit=100&wait=0', '/v1/events?types=quota.threshold_reached&limit=100&after=c1&wait=0']);
});

test('a server that says nothing ends in TimeoutError; an aborted call in the reason of its signal', async () => {
  server.script(() => undefined);
  const { nexora } = setup({ timeoutMs: 40 });
  await expect(nexora.emails.get('em_1')).rejects.toBeInstanceOf(TimeoutError);
  expect(server.seen).toHaveLength(4);
  const stop = new AbortController();
  server.script(() => stop.abort(new Error('stopped')));
  await expect(setup().nexora.emails.send(email, { signal: stop.signal })).rejects.toThrow('stopped');
  expect(server.seen).toHaveLength(1);
});

test('an answer cut in the middle is a failed connection', async () => {
  server.script((_request, response) => { response.writeHead(202, { 'content-length': '100' }).write('{"id":'); response.socket?.end(); });
  await expect(setup().nexora.emails.send(email)).rejects.toBeInstanceOf(ConnectionError);
});

test('ids cannot leave their path, attachments are encoded, keys are checked', async () => {
  server.script(json(200, accepted));
  const { nexora } = setup();
  await nexora.emails.get('../api_keys?x=#');
  expect(server.seen[0]?.url).toBe('/v1/emails/..%2Fapi_keys%3Fx%3D%23');
  expect(() => nexora.emails.get('..')).toThrow(TypeError);
  await nexora.emails.send({ ...email, attachments: [{ filename: 'a', content: new Uint8Array([0, 255, 16]) }] });
  expect(server.seen[1]?.body).toContain('"content":"AP8Q"');
  await expect(nexora.emails.send(email, { idempotencyKey: 'ä' })).rejects.toThrow(TypeError);
  expect(() => new NexoraMail('nxm live\nx')).toThrow(UnauthorizedError);
});
