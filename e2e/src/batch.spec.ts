import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAccount, signIn, type OtherAccount } from './support/people.js';
import { smtpMessage, submissionSession } from './support/smtp.js';
import { Stack, type RecipientJson, type Reply } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
let other: OtherAccount;
beforeAll(async () => {
  stack = await Stack.start();
  other = await makeAccount(stack, await signIn(stack, stack.demo.staff));
});
afterAll(async () => { await stack.stop(); });

interface Item { index: number; id?: string; recipients?: { id: string; address: string; status: string }[]; error?: { code: string; title: string; detail: string; errors: { pointer: string }[] } }
interface Problem { code: string; errors: { pointer: string }[] }
interface Message { id: string; status: string; scheduled_at: string | null; expires_at: string; recipients: RecipientJson[] }
const itemsOf = ({ body }: Reply): Item[] => (body as { data: Item[] }).data;
const batch = (emails: unknown[], mode?: string, headers: Record<string, string> = {}): Promise<Reply> => stack.api('POST', '/v1/emails/batch', { emails, ...(mode && { mode }) }, headers);
/** Business time runs ahead of ours by what the tests advance. */
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const listed = async (recipient: string): Promise<number> => ((await stack.api('GET', `/v1/emails?recipient=${encodeURIComponent(recipient)}`)).body as { data: unknown[] }).data.length;

describe('a batch', () => {
  test('partial: every item answered in order, what was accepted is delivered once, and a repeat gets the same answer', async () => {
    const key = randomUUID();
    const to = (i: number): string => `delivered+${key}-${i}@sandbox.test`;
    const emails = [stack.mail(to(0)), stack.mail(to(1), { sujbect: 'x' }), stack.mail(to(2), { from: 'a@elsewhere.example' }), stack.mail([to(3), to(4)])];
    const first = await batch(emails, 'partial', { 'idempotency-key': key });
    expect(first.status).toBe(200);
    expect(itemsOf(first).map(({ index, id, error }) => [index, id !== undefined, error?.code])).toEqual([[0, true, undefined], [1, false, 'validation_failed'], [2, false, 'domain_not_verified'], [3, true, undefined]]);
    const again = await batch(emails, 'partial', { 'idempotency-key': key });
    expect([again.status, again.headers.get('idempotent-replayed'), again.body]).toEqual([200, 'true', first.body]);
    const changed = await batch([...emails, stack.mail(to(5))], 'partial', { 'idempotency-key': key });
    expect([changed.status, (changed.body as Problem).code]).toEqual([422, 'idempotency_key_reused']);
    for (const { id } of itemsOf(first)) if (id !== undefined) expect((await stack.final(id)).every(({ status }) => status === 'delivered')).toBe(true);
    for (const i of [0, 3, 4]) expect(await stack.inbox(to(i))).toHaveLength(1);
    for (const i of [1, 2, 5]) expect(await stack.inbox(to(i))).toHaveLength(0);
  });

  test('500 at once are accepted, each once', async () => {
    const name = randomUUID();
    const reply = await batch(Array.from({ length: 500 }, (_, i) => stack.mail(`delivered+${name}-${i}@sandbox.test`)));
    expect(reply.status).toBe(200);
    expect(new Set(itemsOf(reply).map(({ id }) => id)).size).toBe(500);
    expect(itemsOf(reply).filter(({ error }) => error)).toEqual([]);
  }, 60_000);

  test('atomic: one fault and none is stored; without it all are', async () => {
    const name = randomUUID();
    const good = [stack.mail(`delivered+${name}-0@sandbox.test`), stack.mail(`delivered+${name}-1@sandbox.test`)];
    const refused = await batch([...good, stack.mail('delivered@sandbox.test', { from: 'a@elsewhere.example' })], 'atomic');
    expect([refused.status, (refused.body as Problem).code, (refused.body as Problem).errors.map(({ pointer }) => pointer)]).toEqual([403, 'domain_not_verified', ['/emails/2/from']]);
    const invalid = await batch([{ ...good[0], to: 'nobody' }, good[1], { ...good[1], subject: '' }], 'atomic');
    expect([invalid.status, (invalid.body as Problem).errors.map(({ pointer }) => pointer)]).toEqual([422, ['/emails/0/to', '/emails/2/subject']]);
    expect(await listed(`delivered+${name}-0@sandbox.test`)).toBe(0);
    const stored = await batch(good, 'atomic');
    expect([stored.status, itemsOf(stored).map(({ recipients }) => recipients?.map(({ status }) => status))]).toEqual([200, [['queued'], ['queued']]]);
    for (const { id } of itemsOf(stored)) expect(await stack.final(id ?? '')).toMatchObject([{ status: 'delivered' }]);
    expect(await stack.inbox(`delivered+${name}-0@sandbox.test`)).toHaveLength(1);
  });

  test('501 or none is refused', async () => {
    for (const emails of [[], Array.from({ length: 501 }, () => ({}))]) expect((await batch(emails)).body).toMatchObject({ status: 422, errors: [{ pointer: '/emails' }] });
  });
});

describe('cancel and reschedule', () => {
  const get = async (id: string): Promise<Message> => (await stack.api('GET', `/v1/emails/${id}`)).body as Message;

  test('a scheduled message is canceled, told, and never sent; the repeat has the same answer', async () => {
    const to = `delivered+cancel-${randomUUID()}@sandbox.test`;
    const id = await stack.send(to, { scheduled_at: inHours(2) });
    const canceled = await stack.api('POST', `/v1/emails/${id}/cancel`);
    expect([canceled.status, (canceled.body as Message).status]).toEqual([200, 'canceled']);
    expect(await stack.events(id, (types) => types.includes('email.canceled'))).toEqual(['email.accepted', 'email.scheduled', 'email.canceled']);
    expect((await stack.api('POST', `/v1/emails/${id}/cancel`)).body).toEqual(canceled.body);
    const moved = await stack.api('PATCH', `/v1/emails/${id}`, { scheduled_at: inHours(3) });
    expect([moved.status, (moved.body as Problem).code]).toEqual([409, 'conflict']);
    await stack.advance(3 * 3600);
    expect(await stack.inbox(to)).toHaveLength(0);
    expect(await get(id)).toMatchObject({ status: 'canceled' });
  });

  test('too late: 409 says what became of it', async () => {
    const id = await stack.send('delivered@sandbox.test');
    await stack.final(id);
    const late = await stack.api('POST', `/v1/emails/${id}/cancel`);
    expect(late.body).toMatchObject({ status: 409, code: 'conflict', detail: expect.stringContaining('delivered') });
    expect((await stack.api('PATCH', `/v1/emails/${id}`, { scheduled_at: inHours(3) })).status).toBe(409);
  });

  test('a message moves to another time, days away, and goes then with its content', async () => {
    const now = Date.parse(((await stack.api('POST', '/test/clock', { advance_s: 0 })).body as { now: string }).now);
    const at = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();
    const to = `delivered+move-${randomUUID()}@sandbox.test`;
    const id = await stack.send(to, { scheduled_at: at(24) });
    const moved = await stack.api('PATCH', `/v1/emails/${id}`, { scheduled_at: at(7 * 24) });
    expect([moved.status, (moved.body as Message).scheduled_at]).toEqual([200, at(7 * 24)]);
    expect((await stack.api('PATCH', `/v1/emails/${id}`, { scheduled_at: at(40 * 24) })).body).toMatchObject({ status: 422, errors: [{ pointer: '/scheduled_at' }] });
    await stack.advance(2 * 86_400);
    expect([await get(id), (await stack.inbox(to)).length]).toMatchObject([{ status: 'scheduled' }, 0]);
    await stack.advance(5 * 86_400 + 60);
    expect(await stack.final(id)).toMatchObject([{ status: 'delivered' }]);
    expect(await stack.inbox(to)).toMatchObject([{ subject: 'Your receipt 1001' }]);
  }, 60_000);

  test("another account's message is not there, and stays scheduled", async () => {
    const id = await stack.send('delivered@sandbox.test', { scheduled_at: inHours(24 * 20) });
    const asOther = { authorization: `Bearer ${other.apiKey}` };
    expect((await stack.api('POST', `/v1/emails/${id}/cancel`, undefined, asOther)).status).toBe(404);
    expect((await stack.api('PATCH', `/v1/emails/${id}`, { scheduled_at: inHours(1) }, asOther)).status).toBe(404);
    expect(await get(id)).toMatchObject({ status: 'scheduled' });
  });
});

describe('content', () => {
  const content = (id: string, headers: Record<string, string> = {}): Promise<Reply> => stack.api('GET', `/v1/emails/${id}/content`, undefined, headers);

  test('is what was sent, until its purge; 403 for sensitive, 404 for others', async () => {
    const id = await stack.send(['Ann <delivered@sandbox.test>'], { bcc: 'delivered+bcc@sandbox.test', html: '<p>Grüße</p>', headers: { 'X-Order': '17' }, attachments: [{ filename: 'a.txt', content: 'aGVsbG8=', content_type: 'text/plain' }] });
    const read = await content(id);
    expect([read.status, read.body]).toEqual([200, {
      from: stack.demo.sender, to: ['Ann <delivered@sandbox.test>'], cc: [], subject: 'Your receipt 1001', html: '<p>Grüße</p>', text: 'Thank you.\n', headers: { 'X-Order': '17' },
      attachments: [{ filename: 'a.txt', size: 5, content_type: 'text/plain', content_id: null }],
    }]);
    expect((await content(id, { authorization: `Bearer ${other.apiKey}` })).status).toBe(404);
    const secret = await stack.send('delivered@sandbox.test', { sensitive: true });
    expect((await content(secret)).body).toMatchObject({ status: 403, code: 'insufficient_scope' });
    await stack.final(id);
    await stack.advance(30 * 3600);
    expect((await content(id)).body).toMatchObject({ status: 410, code: 'content_purged' });
    await stack.advance(5 * 86_400);
    expect((await content(id)).body).toMatchObject({ status: 410, code: 'content_purged' });
  }, 60_000);

  test('submitted MIME is shown decoded', async () => {
    const to = `delivered+mime-${randomUUID()}@sandbox.test`;
    const client = await submissionSession(stack);
    const reply = await client.send('receipts@shop.nexora.test', [to], smtpMessage(stack, to, '', 'Hello there'));
    client.close();
    expect(reply).toMatch(/^250/);
    const id = await until('the message in the list', async () => ((await stack.api('GET', `/v1/emails?recipient=${encodeURIComponent(to)}`)).body as { data: { id: string }[] }).data[0]?.id);
    const read = await content(id);
    expect(read.body).toMatchObject({ from: expect.stringContaining('@shop.nexora.test'), text: expect.stringContaining('Hello there'), html: null });
  });
});

describe('a check', () => {
  interface Check { allowed: boolean; rules: { id: string; result: string; reason: string; fix?: string }[] }
  const check = async (to: string, extra: Record<string, unknown> = {}): Promise<Check> => {
    const { status, body } = await stack.api('POST', '/v1/emails/check', stack.mail(to, extra));
    expect([status, body]).toEqual([200, expect.anything()]);
    return body as Check;
  };
  const failed = ({ rules }: Check): string[] => rules.filter(({ result }) => result === 'fail').map(({ id }) => id);

  test('says what a send would meet, and leaves nothing', async () => {
    const to = `delivered+check-${randomUUID()}@sandbox.test`;
    expect(await check(to)).toMatchObject({ allowed: true, rules: ['schema', 'category', 'size', 'sender_domain', 'suppression', 'standing', 'quota'].map((id) => ({ id, result: 'pass' })) });
    expect(failed(await check(to, { from: 'a@elsewhere.example' }))).toEqual(['sender_domain']);
    expect(failed(await check(to, { category: 'marketing.newsletter' }))).toEqual(['category']);
    await stack.api('POST', '/v1/suppressions', { address: to });
    const suppressed = await check(to);
    expect([suppressed.allowed, failed(suppressed), suppressed.rules.find(({ id }) => id === 'suppression')?.fix]).toEqual([false, ['suppression'], expect.stringContaining('/v1/suppressions')]);
    expect((await stack.api('POST', '/v1/emails/check', stack.mail('nobody'))).body).toMatchObject({ status: 422, errors: [{ pointer: '/to' }] });
    expect([await listed(to), (await stack.inbox(to)).length]).toEqual([0, 0]);
  });
});
