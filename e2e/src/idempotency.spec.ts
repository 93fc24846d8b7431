import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeAccount, signIn } from './support/people.js';
import { Stack, type Reply } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

const post = (key: string, body: object): Promise<Reply> => stack.api('POST', '/v1/emails', body, { 'idempotency-key': key });

test('sec-A57: 50 requests at once with one key make one message; all others wait their turn or get the same answer', async () => {
  const key = randomUUID();
  const to = `delivered+${key}@sandbox.test`;
  const replies = await Promise.all(Array.from({ length: 50 }, () => post(key, stack.mail(to))));
  const answers = replies.filter(({ status }) => status === 202);
  const others = replies.filter(({ status }) => status !== 202);
  expect(answers.length).toBeGreaterThan(0);
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  for (const { status, body } of others) expect([status, (body as { code: string }).code]).toEqual([409, 'request_in_progress']);
  const again = await post(key, stack.mail(to));
  expect(again.status).toBe(202);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(answers[0]?.body);
  await stack.final((again.body as { id: string }).id);
  expect(await stack.inbox(to)).toHaveLength(1);
});

test('the same key with another body is refused', async () => {
  const key = randomUUID();
  expect((await post(key, stack.mail('delivered@sandbox.test'))).status).toBe(202);
  const other = await post(key, stack.mail('delivered@sandbox.test', { subject: 'Another' }));
  expect([other.status, (other.body as { code: string }).code]).toEqual([422, 'idempotency_key_reused']);
});

test('the same key of another account is another request', async () => {
  const other = await makeAccount(stack, await signIn(stack, stack.demo.staff));
  const key = randomUUID();
  const mine = await post(key, stack.mail('delivered@sandbox.test'));
  const theirs = await stack.api('POST', '/v1/emails', stack.mail('delivered@sandbox.test', { from: other.sender }), { 'idempotency-key': key, authorization: `Bearer ${other.apiKey}` });
  expect([mine.status, theirs.status]).toEqual([202, 202]);
  expect((theirs.body as { id: string }).id).not.toBe((mine.body as { id: string }).id);
});

test('sec-A57 sec-F35: a crash between commit and answer: the repeat gets the stored answer, and one message is sent', async () => {
  const key = randomUUID();
  const to = `delivered+crash-${key}@sandbox.test`;
  const doomed = await stack.restartAfterStop({ NEXORA_FAULTS: 'accept.after-commit:kill#1' });
  stack = doomed;
  await expect(post(key, stack.mail(to))).rejects.toThrow();
  stack = await stack.restart({ NEXORA_FAULTS: '' });
  const again = await post(key, stack.mail(to));
  expect(again.status).toBe(202);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const id = (again.body as { id: string }).id;
  await until('the copy in the inbox', async () => (await stack.inbox(to)).length > 0);
  expect(await stack.final(id)).toMatchObject([{ status: 'delivered' }]);
  expect(await stack.inbox(to)).toHaveLength(1);
});
