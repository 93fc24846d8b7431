import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { makeAccount, signIn, type OtherAccount } from './support/people.js';
import { smtpMessage, submissionSession } from './support/smtp.js';
import { Stack } from './support/stack.js';

let stack: Stack;
let other: OtherAccount;
const mine: Record<string, string> = {};

beforeAll(async () => {
  stack = await Stack.start({ env: { NEXORA_LOG_LEVEL: 'debug' } });
  other = await makeAccount(stack, await signIn(stack, stack.demo.staff));
  mine['em'] = await stack.send('delivered+isolation@sandbox.test', { subject: 'Canary subject 7f3a', text: 'Canary body 9c1d' });
  await stack.final(mine['em']);
  mine['whk'] = ((await stack.api('POST', '/v1/webhooks', { url: 'http://127.0.0.1:18080/none', events: ['email.complained'] })).body as { id: string }).id;
  mine['key'] = ((await stack.api('POST', '/v1/api_keys', { name: 'mine' })).body as { id: string }).id;
  mine['dom'] = ((await stack.api('GET', '/v1/domains')).body as { data: { id: string }[] }).data[0]?.id ?? '';
  await stack.api('POST', '/v1/suppressions', { address: 'canary.person@isolation.example' });
  mine['address'] = 'canary.person@isolation.example';
});
afterAll(async () => { await stack.stop(); });

const asOther = (): Record<string, string> => ({ authorization: `Bearer ${other.apiKey}` });

interface OpenApi { readonly paths: Record<string, Record<string, { requestBody?: { content: { 'application/json': { example: unknown } } } }>> }

describe('two accounts never meet', () => {
  test('sec-A53: every route with an id answers 404 for the other account, whatever the method', async () => {
    const { paths } = (await stack.api('GET', '/v1/openapi.json')).body as OpenApi;
    const asked: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      if (!path.includes('{')) continue;
      const kind = { emails: 'em', domains: 'dom', webhooks: 'whk', api_keys: 'key', suppressions: 'address' }[path.split('/')[2] ?? ''];
      const id = mine[kind ?? ''];
      expect([path, id]).toEqual([path, expect.stringMatching(/./)]);
      for (const [method, operation] of Object.entries(methods)) {
        const body = operation.requestBody?.content['application/json'].example;
        const reply = await stack.api(method.toUpperCase(), path.replace(/\{\w+\}/, encodeURIComponent(id ?? '')), body, asOther());
        asked.push(`${method} ${path}`);
        expect([method, path, reply.status]).toEqual([method, path, 404]);
      }
    }
    expect(asked.length).toBeGreaterThanOrEqual(15);
    // And all of it still stands for its owner.
    expect((await stack.api('GET', `/v1/webhooks/${mine['whk']}`)).status).toBe(200);
    expect((await stack.api('GET', `/v1/suppressions/${mine['address']}`)).status).toBe(200);
  });

  test("sec-A53: no list shows the other's rows", async () => {
    const { paths } = (await stack.api('GET', '/v1/openapi.json')).body as OpenApi;
    for (const [path, methods] of Object.entries(paths)) {
      if (path.includes('{') || !('get' in methods)) continue;
      const { status, body } = await stack.api('GET', path, undefined, asOther());
      expect([path, status]).toEqual([path, 200]);
      const text = JSON.stringify(body);
      for (const id of Object.values(mine)) expect([path, text.includes(id)]).toEqual([path, false]);
    }
  });

  test("a service's role reads its own schema only", async () => {
    const { roles } = JSON.parse(await readFile(join(stack.dataDir, 'keys/postgres.json'), 'utf8')) as { roles: Record<string, string> };
    const tables: Record<string, string> = { accounts: 'accounts.api_key', mail: 'mail.message', tracking: 'tracking.event', compliance: 'compliance.suppression', webhooks: 'webhooks.endpoint' };
    for (const [role, password] of Object.entries(roles)) {
      const client = new pg.Client({ host: '127.0.0.1', port: 5433 + stack.offset, user: role, password, database: 'nexora' });
      await client.connect();
      try {
        for (const [schema, table] of Object.entries(tables)) {
          const reads = client.query(`SELECT count(*) FROM ${table}`);
          if (schema === role) await reads;
          else await expect(reads).rejects.toMatchObject({ code: '42501' });
        }
      } finally {
        await client.end();
      }
    }
  });

  test('sec-S73: no address, body, subject or secret is in any line that the process wrote', async () => {
    const client = await submissionSession(stack);
    await client.send('receipts@shop.nexora.test', ['delivered+smtp-canary@sandbox.test'], smtpMessage(stack, 'delivered+smtp-canary@sandbox.test', '', 'Canary body 9c1d'));
    client.close();
    await stack.api('POST', '/v1/emails', stack.mail('not an address at all <canary.person@isolation.example'));
    const canaries = ['Canary subject 7f3a', 'Canary body 9c1d', 'canary.person@isolation.example', 'delivered+isolation', 'delivered+smtp-canary', other.apiKey, stack.demo.owner.totp_secret];
    const ready = stack.output.findIndex((line) => line.includes('NexoraMail is ready'));
    // The ready lines show the demo's sign-in and key on purpose.
    const logs = stack.output.filter((line, index) => line.startsWith('{') && index !== ready);
    expect(logs.length).toBeGreaterThan(0);
    for (const canary of canaries) expect([canary, logs.filter((line) => line.includes(canary))]).toEqual([canary, []]);
    for (const secret of [stack.demo.api_key, stack.demo.test_api_key, stack.demo.owner.password]) expect(logs.filter((line) => line.includes(secret))).toEqual([]);
  });
});
