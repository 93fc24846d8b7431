import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

test('sec-F3: killed between commit and publish 20 times: no event lost, effects once, no gap in the feed', async () => {
  const ids: string[] = [];
  for (let kills = 0; kills < 20;) {
    // The second hand-over of the mail outbox: by then a message of this round, or one of the last, is committed and not published.
    const faults = { NEXORA_FAULTS: 'relay.mail.before-publish:kill#2' };
    try {
      stack = await (kills === 0 && ids.length === 0 ? stack.restartAfterStop(faults) : stack.restart(faults));
    } catch {
      kills += 1; // what the last round left was enough for a kill before the ready line
      continue;
    }
    const dead = new Promise<void>((resolve) => {
      if (stack.child.exitCode !== null || stack.child.signalCode !== null) resolve();
      else stack.child.once('exit', () => resolve());
    });
    for (const half of ['a', 'b']) {
      try {
        ids.push(await stack.send(`delivered+relay${kills}${half}@sandbox.test`));
      } catch {
        // Killed before the answer: not accepted as far as this client knows.
      }
    }
    await dead;
    kills += 1;
  }
  stack = await stack.restart({ NEXORA_FAULTS: '' });
  for (const id of ids) await stack.final(id);
  const events = await until('all events', async () => {
    const all: { id: string; seq: number; type: string; data: { email_id: string } }[] = [];
    for (let after = ''; ;) {
      const { body } = await stack.api('GET', `/v1/events?limit=100${after && `&after=${after}`}`);
      const page = body as { data: typeof all; has_more: boolean; next_cursor: string };
      all.push(...page.data);
      after = page.next_cursor;
      if (!page.has_more) break;
    }
    return ids.every((id) => all.some((event) => event.data.email_id === id && event.type === 'email.delivered')) && all;
  }, 60_000);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const id of ids) {
    const types = events.filter((event) => event.data.email_id === id).map(({ type }) => type);
    expect(types).toEqual(['email.accepted', 'email.queued', 'email.sent', 'email.delivered']);
  }
}, 300_000);
