import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { HookSink } from './support/hooks.js';
import { ledger, type LedgerEntry } from './support/ledger.js';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
let hooks: HookSink;
let sink: Sandbox;
beforeAll(async () => {
  sink = await startSandbox();
  stack = await Stack.start({ sink });
  hooks = await HookSink.start();
});
afterAll(async () => {
  await stack.stop();
  await hooks.stop();
  await sink.stop();
});

// Seeded moments, as shares of the 500 that are accepted when everything is killed.
const MOMENTS = [60, 160, 270, 390, 500];

test('sec-S7 sec-F2: 500 accepted, everything killed at five moments: nothing lost, duplicates within the bound, one end each', async () => {
  const created = await stack.api('POST', '/v1/webhooks', { url: hooks.url, events: ['*'] });
  expect(created.status).toBe(201);
  const entries: LedgerEntry[] = [];
  let n = 0;
  for (const moment of MOMENTS) {
    while (entries.length < moment) {
      const batch = Array.from({ length: 10 }, async () => {
        n += 1;
        const to = `delivered+c${n}@sandbox.test`;
        entries.push({ id: await stack.send(to), to });
      });
      await Promise.all(batch);
    }
    await stack.kill();
    stack = await stack.restart();
  }
  const report = await ledger(stack, entries);
  expect(report).toMatchObject({ accepted: 500, lost: [], unsettled: [] });
  // At most what was between the final dot and its commit at a kill: the deliver worker's connections to one site.
  expect(report.duplicates).toBeLessThanOrEqual(MOMENTS.length * 20);
  const delivered = await until('a webhook of each', () => {
    const posts = hooks.posts.filter(({ event }) => event.type === 'email.delivered');
    const messages = new Set(posts.map(({ event }) => event.data.email_id));
    return Promise.resolve(entries.every(({ id }) => messages.has(id)) && posts);
  }, 60_000);
  const ids = new Map<string, Set<string>>();
  for (const { headers, event } of delivered) ids.set(event.data.email_id, (ids.get(event.data.email_id) ?? new Set()).add(String(headers['webhook-id'])));
  expect([...ids.values()].filter((set) => set.size !== 1)).toEqual([]);
}, 300_000);
