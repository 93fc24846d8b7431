import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateApiKey, publicId, seededRandom } from '@nexoramail/kernel';
import { testRuntime } from '@nexoramail/platform/testing';
import type { RunningIngress } from './index.js';
import { Client, KEYS, openDoor, sessionsOf, until, type FakeIdentity } from './test-support/door-under-test.js';
import { RecordingLogger } from './test-support/log.js';
import { ManualTimers } from './test-support/manual-timers.js';

const timers = new ManualTimers();
const logger = new RecordingLogger();
const runtime = { ...testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0' } }), monotonic: timers.monotonic, logger };
let door: RunningIngress;
let identity: FakeIdentity;
beforeAll(async () => { ({ door, identity } = await openDoor(runtime, { timers })); });
afterAll(async () => { await door.stop(); });

const unknownKey = (seed: number): string => generateApiKey('live', seededRandom(seed)).secret;
const plain = (text: string): string => `AUTH PLAIN ${Buffer.from(text, 'utf8').toString('base64')}`;
let sources = 0;
const freshSource = (): string => `127.9.${Math.floor((sources += 1) / 200)}.${(sources % 200) + 1}`;

async function failFrom(source: string, times: number, line: string): Promise<string> {
  const client = await Client.greeted(door, source);
  let last = '';
  for (let i = 0; i < times; i += 1) last = await client.command(line);
  client.kill();
  return last;
}

describe('sec-A14: AUTH by trial', () => {
  test('one source: after ten failures 454 with the seconds to wait, whatever it presents then; others are not hurt; the wait ends and grows', async () => {
    const source = freshSource();
    expect(await failFrom(source, 10, Client.auth(unknownKey(100)))).toMatch(/^535 5\.7\.8/);
    for (const key of [unknownKey(101), KEYS.good, 'no key at all']) expect(await failFrom(source, 1, Client.auth(key))).toMatch(/^454 4\.7\.0 .*wait 1 s$/);
    expect(await failFrom(freshSource(), 1, Client.auth(KEYS.good))).toMatch(/^235/);
    timers.advance(1_000);
    expect(await failFrom(source, 1, Client.auth(unknownKey(102)))).toMatch(/^535/);
    expect(await failFrom(source, 1, Client.auth(unknownKey(103)))).toMatch(/^454 .*wait 2 s$/);
    timers.advance(2_000);
    expect(await failFrom(source, 1, Client.auth(KEYS.good))).toMatch(/^235/);
  });

  test('many sources, one key id: the eleventh is held up from everywhere, but not the owner where it sent from before', async () => {
    const id = publicId('key', '01890000-0000-7000-8000-000000000009');
    const home = freshSource();
    expect(await failFrom(home, 1, Client.auth(KEYS.good, id))).toMatch(/^235/);
    for (let i = 0; i < 10; i += 1) expect(await failFrom(freshSource(), 1, Client.auth(unknownKey(200 + i), id))).toMatch(/^535/);
    expect(await failFrom(freshSource(), 1, Client.auth(unknownKey(299), id))).toMatch(/^454 4\.7\.0/);
    expect(await failFrom(freshSource(), 1, Client.auth(KEYS.good, id))).toMatch(/^454 4\.7\.0/);
    expect(await failFrom(home, 1, Client.auth(KEYS.good, id))).toMatch(/^235/);
    expect(await failFrom(freshSource(), 1, Client.auth(KEYS.good))).toMatch(/^235/); // another account's way in
  });

  test('1,000 tries with one key from 100 sources: ten are looked at, the others 454, and a session that insists is closed', async () => {
    const key = unknownKey(300);
    const replies: string[] = [];
    for (let source = 0; source < 100; source += 1) {
      const client = await Client.greeted(door, freshSource());
      for (let i = 0; i < 10; i += 1) client.write(`${Client.auth(key)}\r\n`);
      client.write('QUIT\r\n');
      replies.push(...(await client.rest()).trimEnd().split('\r\n'));
      client.kill();
    }
    const codes = replies.map((reply) => reply.slice(0, 3));
    expect(codes.filter((code) => code === '535')).toHaveLength(10);
    expect(codes.filter((code) => code === '421')).toHaveLength(99); // the first source had ten tries of its own
    expect(new Set(codes)).toEqual(new Set(['535', '221', '454', '421']));
  });

  test('accounts away is nobody\'s failure', async () => {
    const source = freshSource();
    identity.away = true;
    for (let i = 0; i < 12; i += 1) expect(await failFrom(source, 1, Client.auth(unknownKey(400 + i)))).toMatch(/^454 4\.7\.0 the key cannot be checked/);
    identity.away = false;
    expect(await failFrom(source, 1, Client.auth(KEYS.good))).toMatch(/^235/);
  });

  test('the log tells each failure with session, source and wait, and nothing of what was typed', async () => {
    logger.lines.length = 0;
    const source = freshSource();
    const typed = unknownKey(500);
    await failFrom(source, 11, plain(`\0${typed} evil\u2028name\0${typed}`));
    const lines = logger.of('SMTP authentication failed');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toEqual({ session: expect.any(String), remote: source, attempt: expect.stringMatching(/^[0-9a-f]{12}$/), reason: 'wrong_key', wait_s: 0, message: expect.any(String) });
    expect(lines[10]).toMatchObject({ reason: 'held_up', wait_s: 1 });
    expect(new Set(lines.map(({ attempt }) => attempt)).size).toBe(1);
    expect(JSON.stringify(logger.lines)).not.toMatch(/nxm_|evil/);
  });
});

describe('sec-A14: the answer tells nothing', () => {
  const other = testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0' } });

  test('unknown, revoked and malformed keys have one text and one time: medians differ by less than 1 ms (n = 2,000)', async () => {
    const under = await openDoor(other, { limits: { authFailures: Infinity, errors: Infinity, anonymousOctets: Infinity } });
    under.identity.revoked = true;
    under.identity.pause = () => new Promise((resolve) => setTimeout(resolve, 2)); // a database
    const client = await Client.greeted(under.door);
    const kinds = { revoked: (i: number) => unknownKey(1_000 + i), malformed: (i: number) => `password${i}`, mistyped: (i: number) => `${unknownKey(i).slice(0, -2)}00`, unknown: (i: number) => unknownKey(9_000 + i) };
    const times: Record<string, number[]> = {};
    const texts = new Set<string>();
    for (let i = 0; i < 500; i += 1) {
      for (const [kind, make] of Object.entries(kinds)) {
        const line = Client.auth(make(i));
        const started = performance.now();
        texts.add(await client.command(line));
        (times[kind] ??= []).push(performance.now() - started);
      }
    }
    client.kill();
    await under.door.stop();
    const medians = Object.values(times).map((all) => all.sort((a, b) => a - b)[250] ?? NaN);
    expect([...texts]).toEqual([expect.stringMatching(/^535 5\.7\.8 /)]);
    expect(Math.max(...medians) - Math.min(...medians)).toBeLessThan(1);
  }, 60_000);
});

describe('sec-A15: the form of AUTH', () => {
  test.each([
    ['an authzid other than the authcid', plain(`other\0nexoramail\0${KEYS.good}`), /^535 5\.7\.8/],
    ['an authzid alone', plain(`nexoramail\0\0${KEYS.good}`), /^535 5\.7\.8/],
    ['the same authzid', plain(`nexoramail\0nexoramail\0${KEYS.good}`), /^235/],
    ['NUL in the user', plain(`\0nexora\0mail\0${KEYS.good}`), /^501 5\.5\.4/],
    ['LF in the user', plain(`\0nexora\nmail\0${KEYS.good}`), /^501 5\.5\.4/],
    ['no user', plain(`\0\0${KEYS.good}`), /^535/],
    ['no password', plain('\0nexoramail\0'), /^535/],
    ['nothing', 'AUTH PLAIN =', /^501 5/],
    ['another mechanism', 'AUTH CRAM-MD5', /^504 5\.5\.4/],
  ])('%s', async (_name, line, reply) => {
    expect(await failFrom(freshSource(), 1, line)).toMatch(reply);
  });

  test('LOGIN with LF in the user', async () => {
    const client = await Client.greeted(door, freshSource());
    await client.command('AUTH LOGIN');
    expect(await client.command(Buffer.from('nexora\nmail').toString('base64'))).toMatch(/^501 5\.5\.4/);
    client.kill();
  });

  test('sec-S17: a line of 12,288 octets is taken, one of 12,289 is 500 5.5.6, and the session lives on', async () => {
    const client = await Client.greeted(door, freshSource());
    const line = (octets: number): string => `AUTH PLAIN ${'A'.repeat(octets - 11)}`;
    expect(await client.command(line(12_288))).toMatch(/^5(?:01|35) 5/);
    expect(await client.command(line(12_289))).toMatch(/^500 5\.5\.6/);
    await client.command('AUTH LOGIN');
    expect(await client.command('A'.repeat(12_289))).toMatch(/^500 5\.5\.6/);
    expect(await client.command('NOOP')).toMatch(/^250/);
    expect(await client.command(Client.auth(KEYS.good))).toMatch(/^235/);
    client.kill();
  });

  test('sec-S17 sec-S74: in a session accounts away is 451 and a revoked key 530 at MAIL, 550 at the end of data', async () => {
    const client = await Client.ready(door);
    identity.away = true;
    timers.advance(4_000);
    expect(await client.command('MAIL FROM:<mail@shop.example>')).toMatch(/^451 4\.3\.0/);
    identity.away = false;
    await client.begin();
    timers.advance(4_000);
    identity.revoked = true;
    client.write('From: mail@shop.example\r\n\r\nx\r\n.\r\n');
    expect(await client.reply()).toMatch(/^550 5\.7\.1 .*revoked/);
    expect(await client.command('MAIL FROM:<mail@shop.example>')).toMatch(/^530 5\.7\.0 .*revoked/);
    identity.revoked = false;
    timers.advance(4_000);
    expect(await client.command('MAIL FROM:<mail@shop.example>')).toMatch(/^250/);
    client.kill();
  });

  test('a client that goes while its key is looked up leaves no session counted', async () => {
    timers.advance(4_000); // what is remembered of keys
    let answer = (): void => undefined;
    identity.pause = () => new Promise((resolve) => { answer = resolve; });
    const clients = [];
    for (let i = 0; i < 51; i += 1) clients.push(await Client.greeted(door, freshSource()));
    for (const client of clients) client.write(`${Client.auth(KEYS.good)}\r\n`);
    await until('51 keys on their way', () => sessionsOf(door).filter(({ receivedOctets }) => receivedOctets > 80).length === 51);
    for (const client of clients) client.kill();
    await until('the end of their sessions', () => sessionsOf(door).length === 0);
    identity.pause = () => Promise.resolve();
    answer();
    expect(await failFrom(freshSource(), 1, Client.auth(KEYS.good))).toMatch(/^235/);
  });

  test('a key may have 50 sessions: the 51st is 454 4.7.0, and one that ends makes room', async () => {
    await until('no session of other tests', () => sessionsOf(door).length === 0);
    const clients = [await Client.ready(door)];
    const first = sessionsOf(door)[0]?.id;
    while (clients.length < 50) clients.push(await Client.ready(door));
    const late = await Client.greeted(door, freshSource());
    expect(await late.command(Client.auth(KEYS.good))).toMatch(/^454 4\.7\.0 .*50 sessions/);
    await clients[0]?.command('QUIT');
    clients[0]?.kill();
    await until('its end', () => logger.of('SMTP session ended').some(({ session }) => session === first));
    expect(await late.command(Client.auth(KEYS.good))).toMatch(/^235/);
    for (const client of [...clients, late]) client.kill();
  });
});
