import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCli } from '../program.js';
import { FakeIo } from '../test-support/fake-io.js';
import { FakeStack } from '../test-support/fake-stack.js';

let stack: FakeStack;
let io: FakeIo;
beforeEach(async () => {
  stack = await FakeStack.start();
  io = new FakeIo(stack.variables);
});
afterEach(() => stack.stop());

test('sends as the demo account and tells the id and each recipient', async () => {
  expect(await runCli(['send', '--to', 'a@x.example', '--to', 'bobby@x.example', '--subject', 'Hello', '--text', 'Hi', '--category', 'auth.otp', '--tag', 'one', '--tag', 'two', '--idempotency-key', 'k1'], io)).toBe(0);
  expect(stack.sent).toEqual([{ from: 'Demo Shop <receipts@shop.nexora.test>', to: ['a@x.example', 'bobby@x.example'], subject: 'Hello', text: 'Hi', category: 'auth.otp', tags: ['one', 'two'] }]);
  expect(stack.seen.at(-1)?.headers['idempotency-key']).toBe('k1');
  expect(io.lines).toEqual(['em_1', '  a@x.example      queued', '  bobby@x.example  queued']);
});

test('--json gives the answer on one line; - reads the body from standard input', async () => {
  io.input = '<p>Hi</p>';
  expect(await runCli(['send', '--to', 'a@x.example', '--from', 'me@x.example', '--html', '-', '--json'], io)).toBe(0);
  expect(io.json).toEqual([expect.objectContaining({ id: 'em_1', recipients: [{ id: 'rcp_1_0', address: 'a@x.example', status: 'queued' }] })]);
  expect(stack.sent).toEqual([{ from: 'me@x.example', to: ['a@x.example'], html: '<p>Hi</p>' }]);
});

test('--follow draws to the end: exit 0 when all got it', async () => {
  expect(await runCli(['send', '--to', 'delivered@sandbox.test', '--text', 'Hi', '--follow'], io)).toBe(0);
  expect(io.lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(['delivered@sandbox.test', 'accepted', 'queued', 'sent', 'delivered']);
});

test('--follow of several recipients waits for each: exit 1 when one bounced', async () => {
  expect(await runCli(['send', '--to', 'bounce@sandbox.test', '--to', 'delivered@sandbox.test', '--text', 'Hi', '--subject', 'Both', '--follow', '--json'], io)).toBe(1);
  const types = io.json.slice(1).map((event) => (event as { type: string }).type);
  expect(types.filter((type) => type === 'email.bounced' || type === 'email.delivered').sort()).toEqual(['email.bounced', 'email.delivered']);
  expect(types).toHaveLength(8);
});

test('--follow of a send that was repeated under its key draws what lies behind, once', async () => {
  await runCli(['send', '--to', 'delivered@sandbox.test', '--text', 'Hi', '--follow'], new FakeIo(stack.variables));
  stack.override = ({ method, path }) => (method === 'POST' && path === '/v1/emails' ? { status: 202, body: { id: 'em_1', status: 'delivered', recipients: [{ id: 'rcp_1_0', address: 'delivered@sandbox.test', status: 'queued' }] } } : undefined);
  expect(await runCli(['send', '--to', 'delivered@sandbox.test', '--text', 'Hi', '--follow'], io)).toBe(0);
  expect(io.lines).toHaveLength(5);
});

test('--follow tells an event once that both the timeline and the feed have', async () => {
  const running = runCli(['send', '--to', 'silent@sandbox.test', '--text', 'Hi', '--follow'], io);
  await stack.polled();
  stack.emit('email.delivered', { email_id: 'em_1', recipient: { id: 'rcp_1_0', address: 'silent@sandbox.test' }, smtp: null, classification: null });
  expect(await running).toBe(0);
  expect(io.lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(['silent@sandbox.test', 'accepted', 'queued', 'sent', 'delivered']);
});

test('another installation needs a sender', async () => {
  const other = new FakeIo({ NEXORA_DATA_DIR: '/nowhere', NEXORA_API_URL: stack.url, NEXORA_API_KEY: stack.key });
  expect(await runCli(['send', '--to', 'a@x.example', '--text', 'Hi'], other)).toBe(2);
  expect(other.errors[0]).toContain('--from');
});

test('Ctrl-C ends the following: exit 130, no error told', async () => {
  const running = runCli(['send', '--to', 'silent@sandbox.test', '--text', 'Hi', '--follow'], io);
  await stack.polled();
  io.stop.abort(new Error('ended by SIGINT'));
  expect(await running).toBe(130);
  expect(io.errors).toEqual([]);
});
