import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { testRuntime } from '@nexoramail/platform/testing';
import type { RunningIngress } from './index.js';
import { Client, openDoor, sessionsOf, until, type FakeSubmission } from './test-support/door-under-test.js';
import { RecordingLogger } from './test-support/log.js';
import { ManualTimers } from './test-support/manual-timers.js';

const timers = new ManualTimers();
const logger = new RecordingLogger();
const runtime = { ...testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0', NEXORA_SMTP_MAX_SESSIONS_PER_SOURCE: '5', NEXORA_RATE_LIMIT: '2' } }), monotonic: timers.monotonic, logger };
let door: RunningIngress;
let submission: FakeSubmission;
beforeAll(async () => { ({ door, submission } = await openDoor(runtime, { timers, limits: { sessionOctets: 200_000 } })); });
afterAll(async () => { await door.stop(); });
beforeEach(async () => {
  await until('no session of other tests', () => sessionsOf(door).length === 0);
  timers.advance(10_000);
  logger.lines.length = 0;
});

const HEAD = 'From: mail@shop.example\r\nTo: ann@x.example\r\nSubject: s\r\nX-Nexora-Category: commerce.receipt\r\n\r\n';
const MAIL = 'MAIL FROM:<mail@shop.example>';

const ended = (session: unknown): object[] => logger.of('SMTP session ended').filter((line) => line['session'] === session);

/** Writes and waits until the one session has it. */
async function trickle(client: Client, bytes: string): Promise<void> {
  const before = sessionsOf(door)[0]?.receivedOctets ?? NaN;
  client.write(bytes);
  await until('the bytes', () => sessionsOf(door)[0]?.receivedOctets === before + bytes.length);
}

describe('sec-S6: how long a session may last', () => {
  test('a command may take five minutes, then 421 4.4.2; bytes that trickle in do not help', async () => {
    const client = await Client.ready(door);
    for (let i = 0; i < 5; i += 1) {
      timers.advance(59_999);
      await trickle(client, 'N');
    }
    timers.advance(4);
    expect(await client.command('OOP')).toMatch(/^500/); // the sixth minute has not begun
    timers.advance(299_999);
    expect(await client.command('NOOP')).toMatch(/^250/);
    timers.advance(300_000);
    expect(await client.reply()).toMatch(/^421 4\.4\.2/);
  });

  test('without AUTH ten minutes in all', async () => {
    const client = await Client.greeted(door);
    for (let i = 0; i < 2; i += 1) {
      timers.advance(299_000);
      expect(await client.command('NOOP')).toMatch(/^250/);
    }
    timers.advance(2_000);
    expect(await client.reply()).toMatch(/^421 4\.4\.2 no AUTH/);
  });

  test('an hour in all; a message under way ends, then 421', async () => {
    const client = await Client.ready(door);
    const session = sessionsOf(door)[0]?.id;
    for (let i = 0; i < 12; i += 1) {
      timers.advance(299_000);
      expect(await client.command('NOOP')).toMatch(/^250/);
    }
    await client.begin();
    timers.advance(12_001);
    client.write(`${HEAD}hello\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^250 2\.0\.0 accepted/);
    expect(await client.reply()).toMatch(/^421 4\.4\.2 .*lasted too long/);
    await until('its end', () => ended(session).length === 1);
    expect(ended(session)[0]).toMatchObject({ messages: 1, seconds: 12 * 299 + 12 });
  });

  test('bytes have a bound as well: 421 between two messages', async () => {
    const client = await Client.ready(door);
    for (let i = 0; i < 2; i += 1) {
      await client.begin();
      client.write(`${HEAD}${`${'x'.repeat(998)}\r\n`.repeat(110)}.\r\n`);
      expect(await client.reply()).toMatch(/^250/);
    }
    expect(await client.command('NOOP')).toMatch(/^421 4\.7\.0 .*carried too much/);
  });
});

describe('sec-A12: slow clients', () => {
  test('a TLS handshake has ten seconds, on both ports, whatever trickles in', async () => {
    const silent = connect(door.tlsPort, '127.0.0.1').on('error', () => undefined);
    const gone = new Promise((resolve) => { silent.once('close', resolve); });
    await new Promise((resolve) => { silent.once('connect', resolve); });
    const client = await Client.open(door, 'starttls');
    await client.command('EHLO c');
    await client.command('STARTTLS');
    client.write('\x16\x03\x01');
    await until('the handshake', () => sessionsOf(door).some(({ _upgrading }) => _upgrading));
    timers.advance(10_001);
    await gone;
    expect(await client.rest()).toBe('');
  });

  test('after STARTTLS a client has the five minutes of every command, not the ten seconds of a handshake', async () => {
    const client = await Client.open(door, 'starttls');
    await client.command('EHLO c');
    await client.command('STARTTLS');
    await client.startTls();
    await until('TLS', () => sessionsOf(door).every(({ _upgrading }) => !_upgrading));
    timers.advance(299_000);
    expect(await client.command('EHLO c')).toMatch(/^250/);
    client.kill();
  });

  test('a message has ten minutes, and no half minute with less than 500 octets a second', async () => {
    const client = await Client.ready(door);
    await client.begin();
    await trickle(client, HEAD);
    for (let i = 0; i < 19; i += 1) {
      await trickle(client, `${'x'.repeat(998)}\r\n`.repeat(15));
      timers.advance(30_000);
      await until('the window to be looked at', () => sessionsOf(door).length === 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await trickle(client, `${'x'.repeat(998)}\r\n`.repeat(14));
    timers.advance(29_999);
    expect(sessionsOf(door)).toHaveLength(1);
    timers.advance(1);
    expect(await client.reply()).toMatch(/^421 4\.4\.2 the message took too long/);
  });

  test('one byte in 50 s is cut off after half a minute', async () => {
    const client = await Client.ready(door);
    await client.begin();
    await trickle(client, 'F');
    timers.advance(29_999);
    await trickle(client, 'r');
    timers.advance(1);
    expect(await client.reply()).toMatch(/^421 4\.4\.2 less than 500 octets a second/);
    expect(submission.accepted.some(({ content }) => content?.$case === 'raw' && Buffer.from(content.raw).toString() === 'Fr')).toBe(false);
  });

  test('from MAIL to the end of the message twenty minutes', async () => {
    const client = await Client.ready(door);
    await client.command(MAIL);
    for (let i = 0; i < 4; i += 1) {
      timers.advance(299_000);
      expect(await client.command(`RCPT TO:<r${i}@x.example>`)).toMatch(/^250/);
    }
    timers.advance(4_001);
    expect(await client.reply()).toMatch(/^421 4\.4\.2/);
  });

  test.each(['RSET', 'EHLO c', 'message'])('%s ends the clocks of a transaction', async (end) => {
    const client = await Client.ready(door);
    if (end === 'message') {
      await client.begin();
      client.write(`${HEAD}hi\r\n.\r\n`);
      await client.reply();
    } else {
      await client.command(MAIL);
      await client.command(end);
    }
    for (let i = 0; i < 5; i += 1) {
      timers.advance(299_000);
      expect(await client.command('NOOP')).toMatch(/^250/);
    }
    client.kill();
  });

  test('while dispatch decides, no clock of the client runs', async () => {
    const { answer } = submission;
    let decide = (): void => undefined;
    const decided = new Promise<void>((resolve) => { decide = resolve; });
    const submit = submission.submit.bind(submission);
    submission.submit = async (request) => {
      await decided;
      return submit(request);
    };
    const client = await Client.ready(door);
    await client.begin();
    await trickle(client, `${HEAD}hello\r\n.\r\n`);
    timers.advance(1_300_000);
    expect(sessionsOf(door)).toHaveLength(1);
    decide();
    expect(await client.reply()).toMatch(/^250/);
    submission.submit = submit;
    submission.answer = answer;
    client.kill();
  });

  test('who holds on behind the last reply is cut off after two seconds', async () => {
    const socket = connect({ port: door.submissionPort, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
    socket.once('data', () => socket.write(`NO\nOP\r\n${'x'.repeat(100_000)}`));
    const closed = new Promise((resolve) => { socket.once('close', resolve); });
    await until('the last reply', () => logger.of('SMTP refusal').length === 1);
    const session = logger.of('SMTP refusal')[0]?.['session'];
    timers.advance(1_999);
    socket.write('x');
    expect(ended(session)).toHaveLength(0);
    timers.advance(1);
    await until('its end', () => ended(session).length === 1);
    socket.destroy();
    await closed;
  });
});

describe('sec-A12: many connections', () => {
  const open = async (): Promise<Socket> => {
    const socket = connect(door.tlsPort, '127.0.0.1').on('error', () => undefined);
    await new Promise((resolve) => { socket.once('connect', resolve); });
    return socket;
  };
  const greeting = (socket: Socket): Promise<string> => new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => { text += chunk.toString(); }).once('end', () => resolve(text));
  });

  test('a source has five here, those in a handshake and those that drain among them, over both ports; others have theirs', async () => {
    const handshaking = [await open(), await open()];
    const draining = connect({ port: door.submissionPort, host: '127.0.0.1', allowHalfOpen: true });
    draining.once('data', () => draining.write('NO\nOP\r\n'));
    expect(await greeting(draining)).toMatch(/550 5\.6\.11/); // ended for us, open for the client
const upgraded = await Client.open(door, 'starttls');
    await upgraded.command('EHLO c');
    await upgraded.command('STARTTLS');
    await upgraded.startTls();
const last = await Client.open(door, 'tls');
expect(await greeting(connect(door.submissionPort, '127.0.0.1'))).toMatch(/^421 4\.7\.0 your address has too many connections/);
await expect(Client.open(door, 'tls')).rejects.toThrow();
const other = await Client.open(door, 'tls', undefined, '127.0.0.2');
    expect(logger.of('SMTP connection failed')).toContainEqual(expect.objectContaining({ code: 'TOO_MANY_OF_SOURCE', remote: '127.0.0.1' }));
    for (const socket of [...handshaking, draining]) socket.destroy();
    for (const client of [upgraded, last, other]) client.kill();
    await until('room again', () => sessionsOf(door).length === 0);
    for (let i = 0; i < 6; i += 1) {
      const again = await Client.open(door, i % 2 ? 'tls' : 'starttls');
      again.kill();
      await until('its end', () => sessionsOf(door).length === 0);
    }
  });
});

describe('REQ-013: messages per key', () => {
  test('twice the rate at once, then 451 4.7.1 at MAIL with the wait; the session lives on, and a second later one more goes', async () => {
    const client = await Client.ready(door);
    for (let i = 0; i < 4; i += 1) {
      expect(await client.command(MAIL)).toMatch(/^250/);
      await client.command('RSET');
    }
    expect(await client.command(MAIL)).toMatch(/^451 4\.7\.1 this key may send 2 messages a second: wait 1 s$/);
    const second = await Client.ready(door);
    expect(await second.command(MAIL)).toMatch(/^451 4\.7\.1/);
    timers.advance(500);
    expect(await second.command(MAIL)).toMatch(/^250/);
    expect(await client.command(MAIL)).toMatch(/^451/);
    expect(await client.command('RCPT TO:<a@x.example>')).toMatch(/^503/);
    for (const each of [client, second]) each.kill();
  });

  test('sec-S20: a MAIL that was refused leaves no SMTPUTF8 behind', async () => {
    const client = await Client.ready(door);
    for (let i = 0; i < 4; i += 1) {
      await client.command(MAIL);
      await client.command('RSET');
    }
    expect(await client.command(`${MAIL} SMTPUTF8`)).toMatch(/^451/);
    timers.advance(500);
    expect(await client.command(MAIL)).toMatch(/^250/);
    expect(await client.command('RCPT TO:<\xc3\xa9@x.example>')).toMatch(/^553 5\.6\.7/);
    client.kill();
  });

  test('who asks for ever is closed with 421', async () => {
    const client = await Client.ready(door);
    client.write(`${MAIL}\r\n`.repeat(4).replaceAll('\r\n', '\r\nRSET\r\n') + `${MAIL}\r\n`.repeat(200));
    const replies = (await client.rest()).trimEnd().split('\r\n');
    expect(replies.at(-1)).toMatch(/^421 4\.7\.0/);
    expect(replies.length).toBeLessThan(115);
  });
});
