import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { submissionSession } from './support/smtp.js';
import { Stack } from './support/stack.js';

let stack: Stack;
let before: Record<string, number>;
beforeAll(async () => {
  stack = await Stack.start();
  before = await rowCounts();
});
afterAll(async () => { await stack.stop(); });

/** Tables that live on by themselves: leases, heartbeats, read marks of keys, consumers' marks, and the hourly epoch key that every accept needs. */
const OWN_LIFE = /\.(job|worker|inbox|outbox\w*|_prisma_migrations|epoch)$/;

async function rowCounts(): Promise<Record<string, number>> {
  const { superuser } = JSON.parse(await readFile(join(stack.dataDir, 'keys/postgres.json'), 'utf8')) as { superuser: string };
  const client = new pg.Client({ host: '127.0.0.1', port: 5433 + stack.offset, user: 'postgres', password: superuser, database: 'nexora' });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('accounts','mail','tracking','compliance','webhooks') ORDER BY 1");
    const counts: Record<string, number> = {};
    for (const { name } of rows) {
      if (OWN_LIFE.test(name)) continue;
      counts[name] = Number((await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${name}`)).rows[0]?.n);
    }
    return counts;
  } finally {
    await client.end();
  }
}

type Case = readonly [name: string, change: Record<string, unknown> | string, status: number, code: string, pointer?: string];

// What each body adds to one that is right; undefined removes a field.
const REST: readonly Case[] = [
  ['sec-S62: no JSON at all', '{"from": ', 400, 'invalid_json'],
  ['JSON that is not an object', '[]', 422, 'validation_failed', ''],
  ['an empty body', '', 400, 'invalid_json'],
  ['sec-A35: a key of prototypes', '{"__proto__": {"x": 1}}', 400, 'invalid_json'],
  ['a misspelt field', { sujbect: 'x' }, 422, 'validation_failed', '/sujbect'],
  ['a field of another provider', { replyTo: 'a@x.example' }, 422, 'validation_failed', '/replyTo'],
  ['sec-A54: a foreign field of ours', { account_id: 'acc_1' }, 422, 'validation_failed', '/account_id'],
  ['no from', { from: undefined }, 422, 'validation_failed', '/from'],
  ['a from that is no address', { from: 'nobody' }, 422, 'validation_failed', '/from'],
  ['sec-A9: a from with a line break', { from: 'a@shop.nexora.test>\r\nRCPT TO:<e@e.example' }, 422, 'validation_failed', '/from'],
  ['a from of a domain that is not ours', { from: 'a@elsewhere.example' }, 403, 'domain_not_verified'],
  ['a from of a look-alike domain', { from: 'a@shop.nexora.test.evil.example' }, 403, 'domain_not_verified'],
  ['no to', { to: undefined }, 422, 'validation_failed', '/to'],
  ['an empty list of to', { to: [] }, 422, 'validation_failed', '/to'],
  ['a to without domain', { to: 'ann@' }, 422, 'validation_failed', '/to'],
  ['one bad address among good ones', { to: ['delivered@sandbox.test', 'a b@c'] }, 422, 'validation_failed', '/to/1'],
  ['two addresses in one text', { to: 'a@x.example, b@x.example' }, 422, 'validation_failed', '/to'],
  ['a group', { to: 'team: a@x.example;' }, 422, 'validation_failed', '/to'],
  ['a comment', { to: 'a@x.example(evil)' }, 422, 'validation_failed', '/to'],
  ['a source route', { to: '@relay.example:a@x.example' }, 422, 'validation_failed', '/to'],
  ['an encoded-word as address', { to: '=?utf-8?q?a=40evil.example=3e=00?=foo@good.example' }, 422, 'validation_failed', '/to'],
  ['51 recipients', { to: Array.from({ length: 51 }, (_, i) => `u${i}@sandbox.test`) }, 422, 'validation_failed', '/to'],
  ['a to of the wrong type', { to: 7 }, 422, 'validation_failed', '/to'],
  ['no subject', { subject: undefined }, 422, 'validation_failed', '/subject'],
  ['sec-A20: a subject with a header in it', { subject: 'Hi\r\nBcc: e@e.example' }, 422, 'validation_failed', '/subject'],
  ['a subject of 999 characters', { subject: 'x'.repeat(999) }, 422, 'validation_failed', '/subject'],
  ['neither text nor html', { text: undefined }, 422, 'validation_failed', '/text'],
  ['a text that is a number', { text: 1 }, 422, 'validation_failed', '/text'],
  ['an unknown category', { category: 'commerce.reciept' }, 422, 'category_not_permitted', '/category'],
  ['marketing', { category: 'marketing.newsletter' }, 422, 'category_not_permitted', '/category'],
  ['eleven tags', { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }, 422, 'validation_failed', '/tags'],
  ['a tag with a space', { tags: ['a b'] }, 422, 'validation_failed', '/tags/0'],
  ['51 metadata keys', { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) }, 422, 'validation_failed', '/metadata'],
  ['metadata that is no text', { metadata: { order: 7 } }, 422, 'validation_failed', '/metadata/order'],
  ['a forbidden header', { headers: { Bcc: 'e@e.example' } }, 422, 'validation_failed', '/headers/Bcc'],
  ['a signature of the caller', { headers: { 'DKIM-Signature': 'v=1' } }, 422, 'validation_failed', '/headers/DKIM-Signature'],
  ['a header value with a line break', { headers: { 'X-A': 'a\r\nX-B: b' } }, 422, 'validation_failed', '/headers/X-A'],
  ['sec-A21: a header that is an object', { headers: { 'X-A': { prepared: true } } }, 422, 'validation_failed', '/headers/X-A'],
  ['an attachment that is not base64', { attachments: [{ filename: 'a.txt', content: '%%%' }] }, 422, 'validation_failed', '/attachments/0/content'],
  ['an attachment with a path', { attachments: [{ filename: '../../x', content: 'YQ==' }] }, 422, 'validation_failed', '/attachments/0/filename'],
  ['an attachment without name', { attachments: [{ content: 'YQ==' }] }, 422, 'validation_failed', '/attachments/0/filename'],
  ['a time that is none', { scheduled_at: 'tomorrow' }, 422, 'validation_failed', '/scheduled_at'],
  ['a time in 31 days', { scheduled_at: new Date(Date.now() + 31 * 86_400_000).toISOString() }, 422, 'validation_failed', '/scheduled_at'],
  ['a life of ten seconds', { expires_in_s: 10 }, 422, 'validation_failed', '/expires_in_s'],
  ['an order over times of the future', { ordering_key: 'a', scheduled_at: new Date(Date.now() + 3_600_000).toISOString() }, 422, 'validation_failed', '/ordering_key'],
  ['a message over 1 MB', { text: 'x'.repeat(1_000_001) }, 413, 'payload_too_large'],
];

describe('sec-S60: REST says what is wrong, where, and how to mend it', () => {
  // A row that is too short would make jest hand in its `done`.
  test.each(REST.map(([name, change, status, code, pointer]) => [name, change, status, code, pointer ?? null] as const))('%s', async (_name, change, status, code, pointer) => {
    const body = typeof change === 'string' ? change : stack.mail('delivered@sandbox.test', change);
    const reply = await stack.api('POST', '/v1/emails', body, { 'content-type': 'application/json' });
    const problem = reply.body as { code: string; detail: string; type: string; status: number; request_id: string; errors?: { pointer: string; message: string }[] };
    expect([reply.status, problem.code]).toEqual([status, code]);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(problem).toMatchObject({ status, type: `${stack.demo.api_url}/docs/errors#${code}`, request_id: reply.headers.get('x-request-id') });
    expect(problem.detail.length).toBeGreaterThan(15);
    expect(problem.detail).not.toMatch(/ajv|fastify|postgres|schema|undefined|\[object/i);
    if (pointer !== null) expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test.each([
    ['no key', '', 401, 'unauthorized'],
    ['a key that is mistyped', 'Bearer nxm_live_0000', 401, 'unauthorized'],
    ['Basic', 'Basic bmV4b3JhOng=', 401, 'unauthorized'],
  ])('%s', async (_name, authorization, status, code) => {
    const reply = await stack.api('POST', '/v1/emails', stack.mail('delivered@sandbox.test'), { authorization });
    expect([reply.status, (reply.body as { code: string }).code]).toEqual([status, code]);
  });

  test('sec-A59: another media type is 415, another method 405 with Allow, another path 404', async () => {
    expect((await stack.api('POST', '/v1/emails', 'from=a', { 'content-type': 'application/x-www-form-urlencoded' })).body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    const wrong = await stack.api('DELETE', '/v1/emails');
    expect([wrong.status, wrong.headers.get('allow')?.includes('POST')]).toEqual([405, true]);
    expect((await stack.api('GET', '/v1/emials')).body).toMatchObject({ status: 404, code: 'not_found' });
  });
});

const head = (extra: string, from = stack.demo.sender, category = 'X-Nexora-Category: commerce.receipt\r\n'): string => `From: ${from}\r\nTo: delivered@sandbox.test\r\nSubject: Receipt\r\n${category}${extra}\r\nbody`;
const SMTP: readonly (readonly [name: string, data: () => string, reply: RegExp])[] = [
  ['no From', () => 'To: a@x.example\r\nSubject: x\r\nX-Nexora-Category: commerce.receipt\r\n\r\nbody', /^550 5\.6\.0 .*From/],
  ['two From fields', () => head('From: b@shop.nexora.test\r\n'), /^550 5\.6\.0 .*From/],
  ['two Subject fields', () => head('Subject: again\r\n'), /^550 5\.6\.0 .*Subject/],
  ['two mailboxes in From', () => head('', 'a@shop.nexora.test, b@shop.nexora.test'), /^550 5\.6\.0 /],
  ['sec-S12: a From of another domain', () => head('', 'a@elsewhere.example'), /^550 5\.7\.1 .*elsewhere\.example/],
  ['an unknown category', () => head('', undefined, 'X-Nexora-Category: commerce.reciept\r\n'), /^550 5\.7\.1 .*commerce\.receipt/],
  ['a tag with a space', () => head('X-Nexora-Tag: a b c!\r\n'), /^550 5\.6\.0 /],
  ['metadata with a wrong name', () => head('X-Nexora-Metadata-a/b: 1\r\n'), /^550 5\.6\.0 /],
  ['a time that is none', () => head('X-Nexora-Scheduled-At: tomorrow\r\n'), /^550 5\.6\.0 /],
  ['100 Received fields', () => head('Received: from a by b; Sun, 01 Mar 2026 09:00:00 +0000\r\n'.repeat(100)), /^554 5\.4\.6/],
];

describe('SMTP says the same', () => {
  test.each(SMTP)('%s', async (_name, data, reply) => {
    const client = await submissionSession(stack);
    expect((await client.send('receipts@shop.nexora.test', ['delivered@sandbox.test'], data())).replaceAll(/\r\n\d{3}[- ]\S+ /g, ' ')).toMatch(reply);
    expect(await client.command('NOOP')).toMatch(/^250/);
    client.close();
  });

  test.each([
    ['MAIL FROM:<a@b> NOTIFY=NEVER', /^555 5\.5\.4/],
    ['MAIL FROM:<a@b><c@d>', /^501/],
    ['MAIL FROM:<a b@c.example>', /^501|^553/],
    ['MAIL FROM:<receipts@shop.nexora.test> SIZE=99999999', /^552 5\.3\.4/],
    ['RCPT TO:<a@b.example>', /^503/],
    ['DATA', /^503/],
    ['BDAT 1 LAST', /^502/],
    ['NONSENSE', /^50[02]/],
  ])('%s', async (line, reply) => {
    const client = await submissionSession(stack);
    expect(await client.command(line)).toMatch(reply);
    client.close();
  });
});

test('afterwards no row of any schema has come or gone but the refusals of Screen', async () => {
  const after = await rowCounts();
  const { 'compliance.rule_hit': hits = 0, ...rest } = after;
  const { 'compliance.rule_hit': hitsBefore = 0, ...restBefore } = before;
  expect(rest).toEqual(restBefore);
  // The two REST bodies and the one SMTP message whose domain is not verified.
  expect(hits - hitsBefore).toBe(3);
});
