import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

interface EventJson { readonly type: string; readonly data: { readonly classification: { class: string; reason: string } | null; readonly smtp: { code: number; enhanced: string } | null; readonly recipient: { address: string } } }

const eventsOf = async (id: string): Promise<EventJson[]> => ((await stack.api('GET', `/v1/emails/${id}/events`)).body as { data: EventJson[] }).data;
const lastEvent = async (id: string, type: string): Promise<EventJson> => until(`${type} of ${id}`, async () => (await eventsOf(id)).find((event) => event.type === type));
const connections = async (): Promise<number> => ((await (await fetch(new URL('/counters', stack.demo.sandbox_mx.http_url))).json()) as { total: { sessions: number } }).total.sessions;

describe('what the next hop says becomes one explained end', () => {
  test('bounce@: a hard bounce suppresses the address, and the next message to it makes no connection', async () => {
    const to = 'bounce+outcome@sandbox.test';
    const id = await stack.send(to);
    expect(await stack.final(id)).toMatchObject([{ status: 'bounced', reason: 'unknown_user', last_smtp: { code: 550, enhanced: '5.1.1' } }]);
    expect((await lastEvent(id, 'email.bounced')).data).toMatchObject({ classification: { class: 'hard', reason: 'unknown_user' }, smtp: { code: 550 } });
    const entry = await until('the suppression', async () => {
      const reply = await stack.api('GET', `/v1/suppressions/${encodeURIComponent(to)}`);
      return reply.status === 200 && (reply.body as { reason: string });
    });
    expect(entry.reason).toBe('hard_bounce');
    const before = await connections();
    const again = await stack.send(to);
    expect(await stack.final(again)).toMatchObject([{ status: 'suppressed', reason: 'recipient_suppressed' }]);
    expect(await stack.events(again, (types) => types.includes('email.suppressed'))).toEqual(['email.accepted', 'email.suppressed']);
    expect(await connections()).toBe(before);
  });

  test.each([
    ['full', 'soft', 'mailbox_full', 552],
    ['blocked', 'block', 'policy', 550],
  ])('%s@ bounces as %s and suppresses nobody', async (local, bounceClass, reason, code) => {
    const to = `${local}+outcome@sandbox.test`;
    const id = await stack.send(to);
    expect(await stack.final(id)).toMatchObject([{ status: 'bounced', reason }]);
    expect((await lastEvent(id, 'email.bounced')).data).toMatchObject({ classification: { class: bounceClass, reason }, smtp: { code } });
    expect((await stack.api('GET', `/v1/suppressions/${encodeURIComponent(to)}`)).status).toBe(404);
  });

  test('defer@ is delivered at the third attempt, and each attempt is on record with its dialogue', async () => {
    const id = await stack.send('defer+outcome@sandbox.test');
    for (let tries = 1; tries <= 2; tries += 1) {
      await stack.events(id, (types) => types.filter((type) => type === 'email.delayed').length === tries);
      await stack.advance(3600);
    }
    expect(await stack.final(id)).toMatchObject([{ status: 'delivered', attempts: 3 }]);
    expect(await stack.events(id, (types) => types.includes('email.delivered'))).toEqual(['email.accepted', 'email.queued', 'email.sent', 'email.delayed', 'email.delayed', 'email.delivered']);
    const { data } = (await stack.api('GET', `/v1/emails/${id}/attempts`)).body as { data: { n: number; outcome: string; transcript: { line: string }[] }[] };
    expect(data.map(({ n, outcome }) => [n, outcome])).toEqual([[1, 'deferred'], [2, 'deferred'], [3, 'accepted']]);
    expect(data[0]?.transcript.some(({ line }) => line.startsWith('451'))).toBe(true);
  });

  test('sec-F13: drop@ is tried exactly twice, then failed as undetermined: what may have arrived is not sent for ever', async () => {
    const id = await stack.send('drop+outcome@sandbox.test');
    await stack.events(id, (types) => types.includes('email.delayed'));
    await stack.advance(1800);
    expect(await stack.final(id)).toMatchObject([{ status: 'failed', reason: 'outcome_unknown', attempts: 2 }]);
    expect((await lastEvent(id, 'email.failed')).data.classification).toEqual({ class: 'undetermined', reason: 'outcome_unknown' });
  });

  test('sec-F15: 250, 450 and 550 in one message: each recipient has an end of its own', async () => {
    const id = await stack.send(['delivered+three@sandbox.test', 'defer+three@sandbox.test', 'bounce+three@sandbox.test']);
    await stack.events(id, (types) => types.includes('email.delayed') && types.includes('email.bounced') && types.includes('email.delivered'));
    await stack.advance(3600);
    await stack.events(id, (types) => types.filter((type) => type === 'email.delayed').length === 2);
    await stack.advance(3600);
    expect((await stack.final(id)).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'bounced']);
    expect((await stack.api('GET', `/v1/emails/${id}`)).body).toMatchObject({ status: 'partially_delivered' });
  });

  test('unavailable@ expires at 48 h, with the last reply, after growing pauses', async () => {
    const id = await stack.send('unavailable+outcome@sandbox.test');
    await stack.events(id, (types) => types.includes('email.delayed'));
    for (let hours = 0; hours < 48; hours += 6) await stack.advance(6 * 3600 + 1);
    expect(await stack.final(id)).toMatchObject([{ status: 'expired', last_smtp: { code: 451 } }]);
    const types = await stack.events(id, (all) => all.includes('email.expired'));
    expect(types.filter((type) => type === 'email.expired')).toHaveLength(1);
    expect(types.at(-1)).toBe('email.expired');
  }, 180_000);
});
