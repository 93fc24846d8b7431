import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readmeBlocks } from './support/readme.js';
import { ROOT, Stack } from './support/stack.js';
import { until } from './support/wait.js';

const run = promisify(execFile);
let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

/** Commands that other suites run (CI runs this one inside `npm test`), each with where. */
const RUN_ELSEWHERE: Record<string, string> = {
  'npm ci && npm start': 'clone-to-ready.spec.ts',
  'npm ci && npm test': '.ci/run',
  'npm start -- --fresh': 'below, by its entry point',
  'npm run build': '.ci/run', 'npm run lint': '.ci/run', 'npm run typecheck': '.ci/run',
  'npm run bench -- --quick': 'by hand: it judges the machine', 'npm run test:mutants': 'by hand: it takes minutes',
};

describe('every command of the README works', () => {
  test('each is run here or where the table says', async () => {
    const lines = (await readmeBlocks()).join('\n').replaceAll(/\\\n\s*/g, ' ').split('\n').map((line) => line.replace(/\s+# .*$/, '').trim()).filter((line) => line !== '');
    const unknown = lines.filter((line) => !(line in RUN_ELSEWHERE) && !/^(curl|npm run --silent nexora|npm run demo|export NEXORA_API_KEY)/.test(line));
    expect(unknown).toEqual([]);
  });

  test("the README's curl, with its own key command, gives 202", async () => {
    const code = (await readmeBlocks()).find((text) => text.includes('curl')) ?? '';
    const script = code.replaceAll('http://127.0.0.1:8080', stack.demo.api_url).replaceAll('.nexora/', `${stack.dataDir}/`).replace('curl ', "curl -s -o /dev/null -w '%{http_code}' ");
    const { stdout } = await run('bash', ['-c', script], { cwd: ROOT });
    expect(stdout.trim()).toBe('202');
  });

  test('`nexora doctor`, `send` and `events` answer', async () => {
    const cli = (...args: string[]): Promise<{ stdout: string }> => run(process.execPath, [join(ROOT, 'libs/cli/dist/main.js'), ...args], { cwd: ROOT, env: { ...process.env, NEXORA_DATA_DIR: stack.dataDir } });
    expect((await cli('doctor', '--json')).stdout).toContain('"ok"');
    const { stdout } = await cli('send', '--to', 'delivered+cli@sandbox.test', '--subject', 'Hello', '--text', 'Hello', '--json');
    const { id } = JSON.parse(stdout) as { id: string };
    await stack.events(id, (types) => types.includes('email.delivered'));
    expect((await cli('events', '--json')).stdout).toContain(id);
  });

  test('`npm run demo` draws the timelines of a delivery, a bounce and a deferral', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'libs/cli/dist/main.js'), 'demo'], { cwd: ROOT, env: { ...process.env, NEXORA_DATA_DIR: stack.dataDir }, timeout: 120_000 });
    for (const word of ['delivered@sandbox.test', 'bounce@sandbox.test', 'defer@sandbox.test', 'delivered', 'bounced', 'delayed']) expect(stdout).toContain(word);
  }, 130_000);

  test('`--fresh` begins anew: other keys, no messages', async () => {
    const { account_id: account, api_key: key } = stack.demo;
    await stack.send('delivered+fresh@sandbox.test');
    const exited = new Promise((resolve) => stack.child.once('exit', resolve));
    stack.child.kill('SIGTERM');
    await exited;
    stack = await Stack.start({ dataDir: stack.dataDir, offset: stack.offset, args: ['--fresh'] });
    expect(stack.demo.account_id).toBe(account);
    expect(stack.demo.api_key).not.toBe(key);
    await until('the new key', async () => (await stack.api('GET', '/v1/me')).status === 200);
    expect((await stack.api('GET', '/v1/emails')).body).toMatchObject({ data: [] });
  });
});

test('every path that the README and the architecture page name exists', async () => {
  for (const file of ['README.md', 'docs/architecture.md']) {
    const text = await readFile(join(ROOT, file), 'utf8');
    const paths = [...text.matchAll(/\]\(((?!https?:|#)[^)#]+)\)/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect([file, path, existsSync(join(ROOT, file, '..', path))]).toEqual([file, path, true]);
  }
});
