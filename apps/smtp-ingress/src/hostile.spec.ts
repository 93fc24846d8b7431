import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@nexoramail/kernel';
import { toItemError } from '@nexoramail/platform';
import { testRuntime } from '@nexoramail/platform/testing';
import type { RunningIngress } from './index.js';
import { Client, openDoor, sessionsOf, until, type FakeSubmission } from './test-support/door-under-test.js';
import { RecordingLogger } from './test-support/log.js';

const logger = new RecordingLogger();
const runtime = { ...testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0' } }), logger };
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

describe('sec-S12: what Screen refuses', () => {
  test.each([
    ['domain_not_verified', 'The domain elsewhere.example is not verified for this account.', /^550 5\.7\.1 The domain elsewhere\.example is not verified for this account\.$/],
    ['account_suspended', 'The account is suspended.', /^550 5\.7\.1 /],
    ['rate_limited', 'Too fast.', /^451 4\.7\.1 /],
    ['quota_exceeded', 'Used up.', /^550 5\.7\.1 /],
    ['payload_too_large', 'Too large.', /^552 5\.3\.4 /],
  ] as const)('%s is said at the end of data in its words, and the session lives on', async (code, text, reply) => {
    const client = await Client.ready(door);
    const { answer } = submission;
    submission.answer = () => ({ result: { $case: 'refused', refused: toItemError(new AppError(code, text)) } });
    await client.begin('a@elsewhere.example');
    expect(await send(client, `${HEAD}\r\nhello`)).toMatch(reply);
    submission.answer = answer;
    await client.begin();
    expect(await send(client, `${HEAD}\r\nhello`)).toMatch(/^250/);
    client.kill();
  });

  test('RFC 5321 §4.5.3.1.5: a long reason comes in lines of less than 512 octets, each with its enhanced code, and is counted with it', async () => {
    const client = await Client.ready(door);
    const { answer } = submission;
    submission.answer = () => ({ result: { $case: 'refused', refused: toItemError(new AppError('validation_failed', 'längste words '.repeat(150))) } });
    await client.begin();
    logger.lines.length = 0;
    const lines = (await send(client, `${HEAD}\r\nhello`)).split('\r\n');
    submission.answer = answer;
    expect(lines.length).toBeGreaterThan(3);
    for (const [index, line] of lines.entries()) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
      expect(line).toMatch(index < lines.length - 1 ? /^550-5\.6\.0 / : /^550 5\.6\.0 /);
    }
    expect(logger.of('SMTP refusal')).toEqual([expect.objectContaining({ code: 550, enhanced: '5.6.0', command: 'DATA' })]);
    client.kill();
  });
});

test('sec-S8: nothing but QUIT, 421 and the cut-offs of S1, S18 and S23 ends a session', async () => {
  const client = await Client.ready(door);
  const refused = ['FOO', 'BDAT 1', 'EXPN a', 'RCPT TO:<a@b.example>', 'DATA', 'DATA x', 'MAIL FROM:<a', 'MAIL FROM:<a@b.example> RET=FULL', 'STARTTLS', 'EHLO', 'EHLO a b', 'EHLO é(;', 'AUTH PLAIN', 'VRFY', `NOOP ${'x'.repeat(600)}`, 'MAIL FROM:<a@b.example> SIZE=x', 'MAIL FROM:<a@b.example> BODY=BINARYMIME'];
  for (const line of refused) expect(await client.command(line)).toMatch(/^5\d\d 5\.\d\.\d \S/);
  expect(await client.command('NOOP')).toMatch(/^250 2\.0\.0/);
  expect(await client.command('QUIT')).toMatch(/^221 2\.0\.0/);
  expect(await client.rest()).toBe('');
});

describe('EHLO', () => {
  test.each(['client.example', '[127.0.0.1]', '[IPv6:2001:db8::1]', 'my_host', 'WIN-PC', '192.0.2.1'])('%s is taken and told on', async (name) => {
    const client = await Client.ready(door);
    expect(await client.command(`EHLO ${name}`)).toMatch(/^250-/);
    await client.begin();
    expect(await send(client, `${HEAD}\r\nhello`)).toMatch(/^250/);
    expect(submission.accepted.at(-1)?.client).toBe(`${name.toLowerCase()} [127.0.0.1]`);
    client.kill();
  });

  test.each(['a(b', 'a;b', 'a"b', 'h\xc3\xa9', 'a'.repeat(256), '<a>'])('%s would not fit a Received field: 501', async (name) => {
    const client = await Client.greeted(door);
    expect(await client.command(`EHLO ${name}`)).toMatch(/^501 5\.5\.4/);
    client.kill();
  });
});

describe('sec-S20: SMTPUTF8', () => {
  const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

  test('a message with it goes through, addresses as they are', async () => {
    const client = await Client.ready(door);
    await client.begin(utf8('grüße@shop.example'), [utf8('jörg@x.example')], ' SMTPUTF8 BODY=8BITMIME');
    expect(await send(client, utf8('From: Grüße <grüße@shop.example>\r\nTo: jörg@x.example\r\nSubject: Grüße\r\nX-Nexora-Category: commerce.receipt\r\n\r\nGrüße'))).toMatch(/^250/);
    expect(submission.accepted).toMatchObject([{ smtputf8: true, envelopeFrom: 'grüße@shop.example', fromAddress: 'grüße@shop.example', subject: 'Grüße', recipients: [{ address: 'jörg@x.example', kind: 'to' }] }]);
    client.kill();
  });

  test('a refused address changes nothing', async () => {
    const client = await Client.ready(door);
    expect(await client.command(utf8('MAIL FROM:<é@shop.example>'))).toMatch(/^553 5\.6\.7/);
    await client.command('MAIL FROM:<mail@shop.example>');
    await client.command('RCPT TO:<a@x.example>');
    expect(await client.command(utf8('RCPT TO:<é@x.example>'))).toMatch(/^553 5\.6\.7/);
    expect(await client.command('DATA')).toMatch(/^354/);
    expect(await send(client, `${HEAD}\r\nhello`)).toMatch(/^250/);
    expect(submission.accepted).toMatchObject([{ smtputf8: false, recipients: [{ address: 'a@x.example' }] }]);
    client.kill();
  });
});

describe('sec-A8: other protocols are closed at the first line', () => {
  const plain = async (bytes: string | Buffer): Promise<string> => {
    const client = await Client.open(door, 'starttls');
    client.write(bytes);
    const rest = await client.rest();
    client.kill();
    return rest;
  };
  test.each([
    ['a TLS hello', Buffer.from('16030102000100', 'hex'), /^550 5\.6\.11 [^\r\n]*\r\n$/],
    ['RDP', Buffer.from('030000130ee000000000000100080003000000', 'hex'), /^550 5\.6\.11 [^\r\n]*\r\n$/],
    ['HTTP', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@b.example>\r\n', /^421 4\.7\.0 [^\r\n]*\r\n$/],
    ['CONNECT', 'CONNECT mail.example:25 HTTP/1.1\r\n\r\n', /^421 4\.7\.0 [^\r\n]*\r\n$/],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^421 4\.7\.0 [^\r\n]*\r\n$/],
    ['HTTP with LF', 'GET / HTTP/1.0\n\n', /^550 5\.6\.11 [^\r\n]*\r\n$/],
  ])('%s', async (_name, bytes, reply) => {
    expect(await plain(bytes)).toMatch(reply);
  });
});

test('sec-S23: who talks before the greeting is refused, or was too late to be seen: never a command out of order', async () => {
  for (let i = 0; i < 20; i += 1) {
    const socket = connect(door.submissionPort, '127.0.0.1');
    socket.write('EHLO early.example\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n');
    let text = '';
    socket.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    await new Promise((resolve) => { socket.once('close', resolve); });
    expect(text).toMatch(/^(?:554 5\.5\.0 [^\r\n]*\r\n|220 [^\r\n]*\r\n250-(?:.*\r\n)+530 [^\r\n]*\r\n221 [^\r\n]*\r\n)$/);
  }
});

describe('sec-A10: floods', () => {
  const rss = (): number => process.memoryUsage().rss;
  const flood = async (client: Client, head: string, piece: string, times: number): Promise<{ rest: string; grown: number; ms: number }> => {
    const bytes = Buffer.from(piece, 'latin1');
    client.write(head);
    const before = rss();
    let most = before;
    const started = performance.now();
    for (let i = 0; i < times && !client.closed; i += 1) {
      await client.flushed(bytes);
      most = Math.max(most, rss());
    }
    const rest = await client.rest();
    const ms = performance.now() - started;
    client.kill();
    return { rest, grown: (most - before) / 1e6, ms };
  };

  test('20 MB in one header line: 552, and less than 50 MB', async () => {
    const client = await Client.ready(door);
    await client.begin();
    const { rest, grown, ms } = await flood(client, 'X-Long: ', 'x'.repeat(100_000), 200);
    expect(rest).toMatch(/^552 5\.3\.4 [^\r\n]*\r\n$/);
    expect(ms).toBeLessThan(2_000);
    expect(grown).toBeLessThan(50);
  });

  test('a million header fields: 552', async () => {
    const client = await Client.ready(door);
    await client.begin();
    const { rest, grown } = await flood(client, HEAD, 'X:y\r\n'.repeat(20_000), 50);
    expect(rest).toMatch(/^552 5\.3\.4 [^\r\n]*\r\n$/);
    expect(grown).toBeLessThan(50);
  });

  test.each([['fields', 'X:y\r\n', 190_000], ['folded lines', ' \r\n', 300_000], ['Received', 'Received: a\r\n', 70_000]])('as many %s as the limit lets in: a refusal within a second', async (_name, line, count) => {
    const client = await Client.ready(door);
    await client.begin();
    client.write(`${HEAD}X: 1\r\n${line.repeat(count)}`);
    const started = performance.now();
    expect(await send(client, '\r\nbody')).toMatch(/^55\d 5/);
    expect(performance.now() - started).toBeLessThan(1_000);
    client.kill();
  });

  test('10,000 recipients: the first 50 stand, the others are 452, then 421', async () => {
    const client = await Client.ready(door);
    await client.command('MAIL FROM:<mail@shop.example>');
    client.write(Array.from({ length: 10_000 }, (_, i) => `RCPT TO:<r${i}@x.example>\r\n`).join(''));
    const codes = (await client.rest()).trimEnd().split('\r\n').map((line) => line.slice(0, 9).trim());
    expect(codes.filter((code) => code === '250 2.1.5')).toHaveLength(50);
    expect(codes.filter((code) => code === '452 4.5.3')).toHaveLength(100); // EHLO was the first of the hundred
    expect(codes.at(-1)).toBe('421 4.7.0');
    expect(codes).toHaveLength(151);
  });

  test.each([['RCPT TO:<a@x.example>\r\n', 50_000], ['BDAT 1\r\n', 50_000]])('a million %j: 421 at once, and less than 50 MB', async (line, chunk) => {
    const client = await Client.ready(door);
    const { rest, grown, ms } = await flood(client, '', line.repeat(chunk), 20);
    expect(rest).toMatch(/421 4\.7\.0 too many errors\r\n$/);
    expect(rest.split('\r\n').length).toBeLessThan(25);
    expect(grown).toBeLessThan(50);
    expect(ms).toBeLessThan(4_000);
  });

  test('a client that reads no reply is not answered without end', async () => {
    const socket = connect(door.submissionPort, '127.0.0.1').on('error', () => undefined);
    socket.pause();
    await new Promise((resolve) => { socket.once('connect', resolve); });
    socket.write('NOOP\r\n'.repeat(200_000));
    await until('its end', () => sessionsOf(door).length === 0);
    socket.destroy();
  });
});

test('sec-S10: VRFY takes as long for a true user as for a false one', async () => {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < 3; round += 1) {
    const client = await Client.ready(door);
    for (let i = 0; i < 45; i += 1) {
      for (const user of ['mail@shop.example', 'nobody@nowhere.example']) {
        const started = performance.now();
        expect(await client.command(`VRFY ${user}`)).toMatch(/^252 2\.1\.5 Try/);
        (times[user] ??= []).push(performance.now() - started);
      }
    }
    client.kill();
  }
  const [a = NaN, b = NaN] = Object.values(times).map((all) => all.sort((x, y) => x - y)[67]);
  expect(Math.abs(a - b)).toBeLessThan(1);
});

test('the log tells each refusal and each end of a session in numbers, without what was typed', async () => {
  await until('no session of other tests', () => sessionsOf(door).length === 0);
  const client = await Client.ready(door);
  const session = sessionsOf(door)[0]?.id;
  await client.command('MAIL FROM:<secret@elsewhere.example> RET=FULL');
  await client.command('GARBAGE secret@elsewhere.example');
  await client.begin();
  await send(client, `${HEAD}\r\nhello`);
  client.kill();
  const mine = (message: string): object[] => logger.of(message).filter((line) => line['session'] === session);
  await until('the end', () => mine('SMTP session ended').length > 0);
  const id = expect.stringMatching(/^key_/);
  expect(mine('SMTP refusal')).toEqual([
    { session, key_id: id, code: 555, enhanced: '5.5.4', command: 'MAIL', message: 'SMTP refusal' },
    { session, key_id: id, code: 500, enhanced: '5.5.2', command: 'unknown', message: 'SMTP refusal' },
  ]);
  expect(mine('SMTP session ended')).toEqual([{ session, key_id: id, remote: '127.0.0.1', messages: 1, refusals: 2, octets: expect.any(Number), seconds: expect.any(Number), message: 'SMTP session ended' }]);
  expect(JSON.stringify(logger.lines)).not.toMatch(/secret@|nxm_|hello/);
});
