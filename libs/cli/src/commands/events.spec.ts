import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runCli } from '../program.js';
import { FakeIo } from '../test-support/fake-io.js';
import { FakeStack } from '../test-support/fake-stack.js';

let stack: FakeStack;
let io: FakeIo;
const data = { email_id: 'em_1', recipient: { id: 'r1', address: 'ann@x.example' }, smtp: null, classification: null };
beforeEach(async () => {
  stack = await FakeStack.start();
  io = new FakeIo(stack.variables);
});
afterEach(() => stack.stop());

const emit = (count: number, type = 'email.sent'): void => { for (let n = 0; n < count; n += 1) stack.emit(type, data); };
const seqs = (): number[] => io.json.map((event) => (event as { seq: number }).seq);

test('lists every event once, over all pages, a line each', async () => {
  emit(250);
  expect(await runCli(['events', '--json'], io)).toBe(0);
  expect(seqs()).toEqual(Array.from({ length: 250 }, (_, n) => n + 1));
  const people = new FakeIo(stack.variables);
  await runCli(['events', '--limit', '1'], people);
  expect(people.lines).toEqual(['2026-03-01T09:00:00.000Z  email.sent         ann@x.example  em_1']);
});

test('--limit, --after and --types choose; a word without a dot means email.*', async () => {
  emit(3);
  emit(2, 'email.bounced');
  emit(3);
  expect(await runCli(['events', '--json', '--after', 'c2', '--limit', '2'], io)).toBe(0);
  expect(seqs()).toEqual([3, 4]);
  io.lines.length = 0;
  await runCli(['events', '--json', '--types', 'bounced,domain.verified', '--types', 'delivered'], io);
  expect(seqs()).toEqual([4, 5]);
});

test('an empty feed is said, not shown as nothing', async () => {
  expect(await runCli(['events'], io)).toBe(0);
  expect([io.lines, io.errors]).toEqual([[], ['No events.']]);
});

test('--follow tells what is still to come, as it comes, until Ctrl-C', async () => {
  emit(5);
  const running = runCli(['events', '--follow', '--json'], io);
  await stack.polled();
  emit(1);
  await stack.polled();
  emit(1, 'domain.verified');
  await stack.polled();
  expect(seqs()).toEqual([6, 7]);
  io.stop.abort(new Error('ended by SIGINT'));
  expect(await running).toBe(130);
});

test('--follow goes on without gap or repeat after the server was away', async () => {
  const running = runCli(['events', '--follow', '--json', '--limit', '3'], io);
  await stack.polled();
  emit(1);
  await stack.polled();
  let down = 6;
  stack.override = () => ((down -= 1) > 0 ? { status: 503, body: {} } : undefined);
  stack.cut();
  emit(2);
  expect(await running).toBe(0);
  expect(seqs()).toEqual([1, 2, 3]);
  expect(io.errors).toEqual(['The connection was lost. Trying again …', 'Connected again.']);
  expect(io.slept).toEqual([1_000, 2_000]);
});
