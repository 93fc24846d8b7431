import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCli } from '../program.js';
import { FakeIo } from '../test-support/fake-io.js';
import { FakeStack } from '../test-support/fake-stack.js';
import { demo } from './demo.js';

let stack: FakeStack;
let io: FakeIo;
beforeEach(async () => {
  stack = await FakeStack.start();
  io = new FakeIo(stack.variables);
});
afterEach(() => stack.stop());

test('draws a delivery, a bounce and a deferral with its two retries', async () => {
  expect(await runCli(['demo'], io)).toBe(0);
  expect(io.lines).toEqual([
    'delivered@sandbox.test  em_1', '  accepted         0.00 s', '  queued           0.00 s', '  sent             0.00 s', '  delivered        0.00 s  250 2.0.0 stored · mx.sandbox.test, TLSv1.3', '',
    'bounce@sandbox.test  em_2', '  accepted         0.00 s', '  queued           0.00 s', '  sent             0.00 s', '  bounced          0.00 s  550 5.1.1 no such user here · mx.sandbox.test, TLSv1.3', '',
    'defer@sandbox.test  em_3', '  accepted         0.00 s', '  queued           0.00 s', '  sent             0.00 s',
    '  delayed          0.00 s  451 4.3.0 try again later · next try in 1 min 37 s · mx.sandbox.test, TLSv1.3', '  (test clock: 1 min 38 s forward)',
    '  delayed      1 min 38 s  451 4.3.0 try again later · next try in 3 min 14 s · mx.sandbox.test, TLSv1.3', '  (test clock: 3 min 15 s forward)',
    '  delivered    4 min 53 s  250 2.0.0 stored · mx.sandbox.test, TLSv1.3', '',
    '3 of 3 as expected.', `  Dashboard      ${stack.url}/messages`, `  Sandbox inbox  ${stack.url}`,
  ]);
  expect(stack.sent.map((body) => (body as { to: string }).to)).toEqual(['delivered+u1@sandbox.test', 'bounce+u2@sandbox.test', 'defer+u3@sandbox.test']);
});

test.each([404, 405])('without a test clock (%i) the deferral ends as delayed, and says when the retry follows', async (status) => {
  stack.override = ({ path }) => (path === '/test/clock' ? { status, body: {} } : undefined);
  expect(await runCli(['demo'], io)).toBe(0);
  expect(io.output).toContain('The test clock is off, so the next try follows in about 2 minutes.');
  expect(io.output).toContain('3 of 3 as expected.');
});

test('--json gives each event and each outcome', async () => {
  expect(await runCli(['demo', '--json'], io)).toBe(0);
  const outcomes = io.json.filter((line) => 'state' in (line as object));
  expect(outcomes).toEqual([
    { demo: 'delivered@sandbox.test', id: 'em_1', state: 'delivered', as_expected: true },
    { demo: 'bounce@sandbox.test', id: 'em_2', state: 'bounced', as_expected: true },
    { demo: 'defer@sandbox.test', id: 'em_3', state: 'delivered', as_expected: true },
  ]);
  expect(io.json).toHaveLength(4 + 4 + 6 + 3);
});

describe('exit 1 when an outcome is not as it must be', () => {
  test.each([
    ['a delivery that bounces', { delivered: ['bounced'], bounce: ['bounced'], defer: ['delayed', 'delayed', 'delivered'] }, 'Expected delivered.'],
    ['a bounce that is delivered', { bounce: ['delivered'], defer: ['delayed', 'delayed', 'delivered'] }, 'Expected bounced.'],
    ['a deferral that is delivered at once', { bounce: ['bounced'], defer: ['delivered'] }, 'Expected 2 delays, then delivered.'],
    ['a deferral without end', { bounce: ['bounced'], defer: ['delayed'] }, 'it was put off 3 times'],
  ])('%s', async (_name, mailboxes, words) => {
    stack.mailboxes = mailboxes;
    expect(await runCli(['demo'], io)).toBe(1);
    expect(io.output).toContain(words);
    expect(io.output).toContain('2 of 3 as expected.');
  });

  test('a message of which nothing more is heard', async () => {
    stack.mailboxes = { ...stack.mailboxes, delivered: [] };
    expect(await demo({ patienceMs: 150 }, io)).toBe(1);
    expect(io.output).toContain('Nothing more came within 0.15 s.');
  });

  test('a test clock that is broken', async () => {
    stack.override = ({ path }) => (path === '/test/clock' ? { status: 500, body: {} } : undefined);
    expect(await runCli(['demo'], io)).toBe(1);
    expect(io.errors[0]).toContain('/test/clock answered 500'.replace('/test/clock', `The test clock of ${stack.url}`));
  });
});

test('another installation has no sandbox: nothing is sent there', async () => {
  const other = new FakeIo({ NEXORA_DATA_DIR: '/nowhere', NEXORA_API_URL: stack.url, NEXORA_API_KEY: stack.key });
  expect(await runCli(['demo'], other)).toBe(1);
  expect(other.errors[0]).toContain('npm start');
  expect(stack.seen).toEqual([]);
});
