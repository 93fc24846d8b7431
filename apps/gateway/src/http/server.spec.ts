import { afterAll, describe, expect, test } from '@jest/globals';
import { AppError, IdSource, ManualClock, seededRandom, type ApiScope } from '@nexoramail/kernel';
import { LocalTelemetry, silentLogger } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';
import type { Caller } from '../auth/caller.js';
import { RateLimit } from '../auth/rate-limit.js';
import { defineOperation } from './operation.js';
import { createServer } from './server.js';

const clock = new ManualClock();
const caller = (scopes: ApiScope[]): Caller => ({ kind: 'key', accountId: 'a', accountRef: 1n, mode: 'live', credentialId: scopes.join(), scopes: new Set(scopes), defaultCategory: '', plan: 'growth', userId: '', role: '' });
const server = createServer({
  operations: [
    defineOperation({
      id: 'echo', method: 'POST', path: '/v1/things/:id', tag: 'T', scope: 'emails:send', summary: 'echo', bodyLimit: 1000,
      params: Type.Object({ id: Type.String() }), query: Type.Object({}, { additionalProperties: false }), body: Type.Object({ name: Type.String({ maxLength: 5 }) }, { additionalProperties: false }),
      answers: { 200: { description: 'ok' } },
      handler: ({ body, params }) => (body.name === 'crash' ? Promise.reject(new TypeError('secret inside')) : Promise.resolve({ status: 200, body: { ...body, ...params } })),
    }),
    defineOperation({ id: 'special', method: 'PUT', path: '/v1/things/special', tag: 'T', scope: 'emails:send', summary: 'one path of its own', answers: { 204: { description: 'done' } }, handler: () => Promise.resolve({ status: 204 }) }),
  ],
  callerOf: ({ headers }) => (headers['x-who'] === 'nobody' ? Promise.reject(new AppError('unauthorized', 'You are nobody.')) : Promise.resolve(caller(headers['x-who'] === 'reader' ? ['emails:read'] : ['emails:send']))),
  rateLimit: new RateLimit(clock.monotonic, 1000, 1000),
  ids: new IdSource(clock, seededRandom(1)), logger: silentLogger, telemetry: new LocalTelemetry(), apiUrl: () => 'https://api.example',
});
afterAll(() => server.close());

interface Problem { code: string; detail: string; type: string; request_id: string; errors?: { pointer: string; message: string }[] }
const post = async (payload: string | object, headers: Record<string, string> = {}): Promise<{ status: number; body: Problem; headers: Record<string, unknown> }> => {
  const reply = await server.inject({ method: 'POST', url: '/v1/things/7', headers: { 'content-type': 'application/json', ...headers }, payload });
  return { status: reply.statusCode, body: JSON.parse(reply.body) as Problem, headers: reply.headers };
};

describe('sec-S60: every refusal is a problem document with the request id', () => {
  test.each([
    ['bad JSON', '{"name"', 400, 'invalid_json'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), 400, 'invalid_json'],
    ['sec-A35: a prototype', '{"__proto__":{"role":"x"}}', 400, 'invalid_json'],
    ['no body', '', 400, 'invalid_json'],
    ['a field too many', '{"name":"a","nmae":"b"}', 422, 'validation_failed'],
    ['too large', `{"name":"${'x'.repeat(2000)}"}`, 413, 'payload_too_large'],
  ])('%s', async (_name, payload, status, code) => {
    const reply = await post(payload);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.body).toMatchObject({ type: `https://api.example/docs/errors#${code}`, request_id: reply.headers['x-request-id'] });
  });

  test('a defect is 500 and tells nothing of itself', async () => {
    const reply = await post({ name: 'crash' });
    expect([reply.status, reply.body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(reply.body)).not.toContain('secret');
  });

  test('who may not is told what is missing, before the body is read', async () => {
    expect((await post('{', { 'x-who': 'nobody' })).body).toMatchObject({ code: 'unauthorized' });
    expect((await post('{', { 'x-who': 'reader' })).body).toMatchObject({ code: 'insufficient_scope', detail: expect.stringContaining('`emails:send`') });
  });

  test('405 names the methods of a path that is known, 404 is for the others', async () => {
    const wrong = await server.inject({ method: 'DELETE', url: '/v1/things/7' });
    expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'POST']);
    expect((await server.inject({ method: 'POST', url: '/v1/nothing' })).statusCode).toBe(404);
    const special = await server.inject({ method: 'OPTIONS', url: '/v1/things/special' });
    expect([special.statusCode, special.headers['allow']]).toEqual([405, 'PUT']);
    const query = await server.inject({ method: 'QUERY' as 'GET', url: '/v1/things/7' });
    expect([query.statusCode, query.headers['allow']]).toEqual([405, 'POST']);
  });
});

test('a right request gets its answer, its id and the state of its rate limit', async () => {
  const reply = await post({ name: 'abc' });
  expect([reply.status, reply.body]).toEqual([200, { name: 'abc', id: '7' }]);
  expect(reply.headers).toMatchObject({ 'x-request-id': expect.stringMatching(/^req_/), 'ratelimit-limit': '1000' });
});
