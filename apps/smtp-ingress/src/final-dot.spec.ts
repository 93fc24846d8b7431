import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { testRuntime } from '@nexoramail/platform/testing';
import type { RunningIngress } from './index.js';
import { Client, openDoor, sessionsOf, until, type FakeSubmission } from './test-support/door-under-test.js';

const runtime = testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0', NEXORA_FAULTS: 'smtp.before-submit:throw=temporarily_unavailable#1,smtp.after-accept:throw=temporarily_unavailable#2' } });
let door: RunningIngress;
let submission: FakeSubmission;
beforeAll(async () => { ({ door, submission } = await openDoor(runtime)); });
afterAll(async () => { await door.stop(); });
beforeEach(() => { submission.accepted.length = 0; });

const HEAD = 'From: mail@shop.example\r\nTo: ann@x.example\r\nSubject: s\r\nX-Nexora-Category: commerce.receipt\r\n';
const send = async (client: Client, data: string): Promise<string> => {
  client.write(`${data}\r\n.\r\n`);
  return client.reply();
};

describe('around the final dot', () => {
  test('a fault before the hand-over is 451 and nothing stored; one behind it is 451 too, and the retry has the same key', async () => {
    const client = await Client.ready(door);
    const mail = `${HEAD}X-Nexora-Idempotency-Key: k-9\r\n\r\nhello`;
    await client.begin();
    expect(await send(client, mail)).toMatch(/^451 4\.3\.0/);
    expect(submission.accepted).toHaveLength(0);
    await client.begin();
    expect(await send(client, mail)).toMatch(/^250/);
    await client.begin();
    expect(await send(client, mail)).toMatch(/^451 4\.3\.0/);
    expect(submission.accepted.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-9', 'k-9']);
    client.kill();
  });

  test('a client that goes in the middle of a message or behind its dot leaves no broken message', async () => {
    for (const part of ['hel', 'hello\r\n', 'hello\r\n.', 'hello\r\n.\r']) {
      const client = await Client.ready(door);
      await client.begin();
      client.write(`${HEAD}\r\n${part}`);
      client.kill();
    }
    await until('their ends', () => sessionsOf(door).length === 0);
    expect(submission.accepted).toHaveLength(0);
    const client = await Client.ready(door);
    await client.begin();
    client.write(`${HEAD}\r\nhello\r\n.\r\n`);
    client.kill();
    await until('the message, whole or not at all', () => sessionsOf(door).length === 0);
    for (const { content } of submission.accepted) expect(content?.$case === 'raw' && Buffer.from(content.raw).toString()).toBe(`${HEAD}\r\nhello\r\n`);
  });
});
