import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCli } from './program.js';
import { FakeIo } from './test-support/fake-io.js';
import { FakeStack, problem } from './test-support/fake-stack.js';

let stack: FakeStack;
beforeEach(async () => { stack = await FakeStack.start(); });
afterEach(() => stack.stop());

describe('wrong usage is exit 2, and nothing is sent', () => {
  test.each([
    [[]], [['bogus']], [['send', '--text', 'x']], [['send', '--to', 'a@x.example']], [['send', '--to', 'a@x.example', '--text', '-', '--html', '-']], [['events', '--limit', '0']],
    [['events', '--limit', '1x']], [['events', '--types', 'DROP TABLE']], [['doctor', '--bogus']], [['demo', 'extra']],
  ])('%j', async (argv) => {
    const io = new FakeIo(stack.variables);
    expect(await runCli(argv, io)).toBe(2);
    expect(io.errors.length).toBeGreaterThan(0);
    expect(stack.seen).toEqual([]);
  });
});

test.each(['doctor', 'send', 'events', 'demo'])('%s --help tells examples, exit 0', async (name) => {
  const io = new FakeIo();
  expect(await runCli([name, '--help'], io)).toBe(0);
  expect(io.output).toContain(`  nexora ${name}`);
});

test('--version tells that of the package', async () => {
  const io = new FakeIo();
  expect(await runCli(['--version'], io)).toBe(0);
  expect(io.output).toMatch(/^\d+\.\d+\.\d+$/);
});

describe('when nothing runs, one line names the command that starts it, exit 1', () => {
  test.each([[['demo']], [['events']], [['events', '--follow']], [['send', '--to', 'a@x.example', '--text', 't']]])('%j, never started', async (argv) => {
    const io = new FakeIo({ NEXORA_DATA_DIR: '/nowhere/at/all' });
    expect(await runCli(argv, io)).toBe(1);
    expect([io.lines, io.errors.length]).toEqual([[], 1]);
    expect(io.errors[0]).toContain('Start it with: npm start');
  });

  test('stopped', async () => {
    await stack.close();
    const io = new FakeIo(stack.variables);
    expect(await runCli(['events'], io)).toBe(1);
    expect(io.errors).toEqual([expect.stringMatching(/^✗ Nothing answers at http:\/\/127\.0\.0\.1:\d+: NexoraMail is not running\. Start it with: npm start$/)]);
  });
});

describe('a refusal of the API', () => {
  const refusal = problem(422, 'validation_failed', '`to` is not an address.', [{ pointer: '/to/0', code: 'not_valid', message: 'no \u001b[31m@ in it' }]);

  test('is told with each fault of the body and the request id', async () => {
    stack.override = ({ path }) => (path === '/v1/emails' ? refusal : undefined);
    const io = new FakeIo(stack.variables);
    expect(await runCli(['send', '--to', 'nope', '--text', 't'], io)).toBe(1);
    expect(io.errors).toEqual(['✗ `to` is not an address.', '  /to/0  no \ufffd[31m@ in it  (not_valid)', '  code validation_failed · HTTP 422 · request req_fake']);
  });

  test('is JSON on standard error for programs', async () => {
    stack.override = ({ path }) => (path === '/v1/emails' ? refusal : undefined);
    const io = new FakeIo(stack.variables);
    expect(await runCli(['send', '--to', 'nope', '--text', 't', '--json'], io)).toBe(1);
    expect(JSON.parse(io.errors[0] ?? '')).toMatchObject({ error: { code: 'validation_failed', status: 422, request_id: 'req_fake', errors: [{ pointer: '/to/0' }] } });
    expect(io.lines).toEqual([]);
  });

  test('of the key names neither', async () => {
    const io = new FakeIo({ ...stack.variables, NEXORA_API_KEY: 'nxm_live_wrongwrong' });
    expect(await runCli(['events'], io)).toBe(1);
    expect(io.errors.join('\n')).toContain('That is not a key.');
    expect(io.errors.join('\n')).not.toContain('wrongwrong');
  });
});
