import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError, generateApiKey, seededRandom } from '@nexoramail/kernel';
import { toItemError } from '@nexoramail/platform';
import { testRuntime } from '@nexoramail/platform/testing';
import type { RunningIngress } from './index.js';
import { Client, KEYS, openDoor, type FakeIdentity, type FakeSubmission } from './test-support/door-under-test.js';

const runtime = testRuntime({ variables: { NEXORA_SMTP_PORT: '0', NEXORA_SMTPS_PORT: '0' } });
let door: RunningIngress;
let identity: FakeIdentity;
let submission: FakeSubmission;
beforeAll(async () => { ({ door, identity, submission } = await openDoor(runtime)); });
afterAll(async () => { await door.stop(); });
beforeEach(() => { submission.accepted.length = 0; });

const HEAD = 'From: Shop <mail@shop.example>\r\nTo: Ann <ann@x.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Nexora-Category: commerce.receipt\r\n';
const message = (extra = '', body = 'hello'): string => `${HEAD}${extra}\r\n${body}\r\n.\r\n`;

describe('a message', () => {
  test('is submitted with what its header says, and its id is the last word of the reply', async () => {
    const client = await Client.ready(door);
    await client.begin('mail@shop.example', ['ann@x.example', 'hidden@x.example']);
    client.write(message('X-Nexora-Tag: a, b\r\nX-Nexora-Metadata-Order: 7\r\nX-Nexora-Sensitive: true\r\nX-Nexora-Idempotency-Key: k-1\r\n'));
    expect(await client.reply()).toMatch(/^250 2\.0\.0 accepted em_[a-z0-9]{26}$/);
    expect(submission.accepted).toMatchObject([{
      source: 'smtp', subject: 'Grüße', category: 'commerce.receipt', tags: ['a', 'b'], metadata: { order: '7' }, sensitive: true, idempotencyKey: 'k-1', fromAddress: 'mail@shop.example',
      recipients: [{ address: 'ann@x.example', kind: 'to', displayName: 'Ann' }, { address: 'hidden@x.example', kind: 'bcc' }],
    }]);
    client.kill();
  });

  test.each([1, 2, 7, 64, 5000])('sec-S2 sec-A2: arrives byte for byte when it is written %d bytes at a time', async (step) => {
    const body = Buffer.concat([Buffer.from('.one\r\n..two\r\n...\r\n'), Buffer.from(`${'x'.repeat(998)}\r\n`), Buffer.from([0x80, 0xff, 0x0d, 0x0a]), Buffer.from('end')]);
    const wanted = Buffer.concat([Buffer.from(`${HEAD}\r\n`), body, Buffer.from('\r\n')]);
    const client = await Client.ready(door);
    await client.begin();
    const wire = Buffer.concat([Buffer.from(wanted.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..'), 'latin1'), Buffer.from('.\r\n')]);
    for (let at = 0; at < wire.length; at += step) client.write(wire.subarray(at, at + step));
    expect(await client.reply()).toMatch(/^250/);
    const content = submission.accepted[0]?.content;
    expect(content?.$case === 'raw' && Buffer.from(content.raw).equals(wanted)).toBe(true);
    client.kill();
  });

  test('pipelined commands are answered in order, and the second message of a session is another one', async () => {
    const client = await Client.ready(door);
    client.write('MAIL FROM:<mail@shop.example>\r\nRCPT TO:<ann@x.example>\r\nDATA\r\n');
    expect([await client.reply(), await client.reply(), await client.reply()].map((reply) => reply.slice(0, 9))).toEqual(['250 2.1.0', '250 2.1.5', '354 end w']);
    client.write(`${message()}MAIL FROM:<mail@shop.example>\r\nRCPT TO:<bob@x.example>\r\nDATA\r\n`);
    const replies = [await client.reply(), await client.reply(), await client.reply(), await client.reply()].map((reply) => reply.slice(0, 3));
    expect(replies).toEqual(['250', '250', '250', '354']);
    client.write(`${message()}QUIT\r\n`);
    expect([await client.reply(), await client.reply()].map((reply) => reply.slice(0, 9))).toEqual(['250 2.0.0', '221 2.0.0']);
    expect(submission.accepted).toHaveLength(2);
    client.kill();
  });

  test('what dispatch refuses is said in its words, what it cannot store is 451, and the session lives on', async () => {
    const client = await Client.ready(door);
    const { answer } = submission;
    try {
      submission.answer = () => ({ result: { $case: 'refused', refused: toItemError(new AppError('quota_exceeded', 'The quota of 50 is used up until 1 April.')) } });
      await client.begin();
      client.write(message());
      expect(await client.reply()).toBe('550 5.7.1 The quota of 50 is used up until 1 April.');
      submission.answer = () => ({ result: { $case: 'retry', retry: toItemError(new AppError('temporarily_unavailable', 'no')) } });
      await client.begin();
      client.write(message());
      expect(await client.reply()).toMatch(/^451 4\.3\.0 /);
    } finally {
      submission.answer = answer;
    }
    await client.begin();
    client.write(message());
    expect(await client.reply()).toMatch(/^250/);
    client.kill();
  });
});

describe('sec-S31: a header that can be read in two ways is refused', () => {
  test.each([
    ['two From', 'From: b@shop.example\r\n', /^550 5\.6\.0 .*From/],
    ['two Subject', 'Subject: b\r\n', /^550 5\.6\.0 .*Subject/],
    ['a misspelt category', 'X-Nexora-Category: x\r\n', /^550 5\.6\.0 .*X-Nexora-Category/],
    ['a template', 'X-Nexora-Template: t\r\n', /^550 5\.6\.0 .*not offered/],
    ['sec-S9: 100 Received', 'Received: from a by b\r\n'.repeat(100), /^554 5\.4\.6/],
  ])('%s', async (_name, extra, reply) => {
    const client = await Client.ready(door);
    await client.begin();
    client.write(message(extra));
    expect(await client.reply()).toMatch(reply);
    expect(submission.accepted).toEqual([]);
    client.kill();
  });
});

describe('who may send', () => {
  test('sec-S16 sec-S11: before TLS nothing but STARTTLS; AUTH is not offered there', async () => {
    const client = await Client.open(door, 'starttls');
    expect(await client.command('EHLO c')).not.toContain('AUTH');
    expect(await client.command(Client.auth(KEYS.good))).toMatch(/^530 5\.7\.0/);
    expect(await client.command('MAIL FROM:<a@b.example>')).toMatch(/^530 5\.7\.0/);
    expect(await client.command('STARTTLS x')).toMatch(/^501/);
    client.kill();
    const tls = await Client.open(door, 'tls');
    await tls.command('EHLO c');
    expect(await tls.command('MAIL FROM:<a@b.example>')).toMatch(/^530 5\.7\.0/);
    tls.kill();
  });

  test.each([['NOOP x\r\nMAIL FROM:<e@e.example>\r\n'], ['NOOP\r\n'.repeat(250)], ['NO\nOP\0']])('sec-S15 sec-A5: what is pipelined behind STARTTLS never runs (%#)', async (injected) => {
    const client = await Client.open(door, 'starttls');
    await client.command('EHLO c');
    client.write(`STARTTLS\r\n${injected}`);
    expect(await client.reply()).toMatch(/^220/);
    await client.startTls();
    expect(await client.command('MAIL FROM:<a@b.example>')).toMatch(/^503|^530/);
    const offers = await client.command('EHLO c');
    expect(offers).toContain('AUTH PLAIN LOGIN');
    expect(offers).not.toContain('STARTTLS');
    client.kill();
  });

  test('sec-S14: TLS 1.2 gets an alert on both ports', async () => {
    await expect(Client.open(door, 'tls', 'TLSv1.2')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    const client = await Client.open(door, 'starttls');
    await client.command('EHLO c');
    await client.command('STARTTLS');
    await expect(client.startTls('TLSv1.2')).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });

  test('sec-S17: wrong keys 535, a key without the scope 535, accounts away 454 and never 535, a second AUTH 503', async () => {
    const client = await Client.open(door, 'tls');
    await client.command('EHLO c');
    expect(await client.command(Client.auth(`${KEYS.good.slice(0, -1)}0`))).toMatch(/^535 5\.7\.8/);
    expect(await client.command(Client.auth(KEYS.readOnly))).toMatch(/^535 5\.7\.8 .*emails:send/);
    await client.command('AUTH LOGIN');
    expect(await client.command('*')).toMatch(/^501/);
    identity.away = true;
    try {
      const other = await Client.open(door, 'tls');
      await other.command('EHLO c');
      // A key that nobody has asked for in the last 4 s.
      expect(await other.command(Client.auth(generateApiKey('live', seededRandom(9)).secret))).toMatch(/^454 4\.7\.0/);
      other.kill();
    } finally {
      identity.away = false;
    }
    expect(await client.command(Client.auth(KEYS.good))).toMatch(/^235 2\.7\.0/);
    expect(await client.command(Client.auth(KEYS.good))).toMatch(/^503/);
    client.kill();
  });
});

describe('the order and form of commands', () => {
  test('sec-S5: out of order is 503 and changes nothing', async () => {
    const client = await Client.ready(door);
    expect(await client.command('RCPT TO:<a@b.example>')).toMatch(/^503/);
    expect(await client.command('DATA')).toMatch(/^503/);
    expect(await client.command('MAIL FROM:<mail@shop.example>')).toMatch(/^250 2\.1\.0/);
    expect(await client.command('MAIL FROM:<mail@shop.example>')).toMatch(/^503/);
    expect(await client.command('RCPT TO:<a@b.example>')).toMatch(/^250 2\.1\.5/);
    client.kill();
  });

  test.each([
    ['sec-S10', 'VRFY a', /^252 2/], ['sec-S10', 'EXPN a', /^502 5/], ['sec-S21', 'BDAT 3 LAST', /^502 5\.5\.1/], ['sec-S24', 'MAIL FROM:<a@shop.example> RET=FULL', /^555 5\.5\.4/],
    ['sec-S24', 'MAIL FROM:<a@shop.example> ENVID=1', /^555 5\.5\.4/], ['sec-S18', 'MAIL FROM:<a@shop.example> SIZE=1000001', /^552 5\.3\.4/], ['sec-S19', 'MAIL FROM:<a@shop.example> BODY=8BITMIME', /^250/],
    ['sec-S20', 'MAIL FROM:<\xc3\xa9@shop.example>', /^553 5\.6\.7/], ['sec-A9', 'MAIL FROM:<a@b.example> <c@d.example>', /^501/], ['sec-A9', 'MAIL FROM:<"a\u0001"@b.example>', /^500|^501/],
    ['sec-S22', 'HELP', /^214 2/], ['sec-S22', 'FOO', /^500 5\.5\.2/], ['sec-S3', `NOOP ${'x'.repeat(505)}`, /^250/], ['sec-S3', `NOOP ${'x'.repeat(506)}`, /^500 5\.5\.2/],
    ['sec-S3', `MAIL FROM:<${'a'.repeat(64)}@shop.example>`, /^250/], ['sec-S3', `MAIL FROM:<${'a'.repeat(65)}@shop.example>`, /^501/], ['sec-A8', 'GET / HTTP/1.1', /^421/],
  ])('%s: %s', async (_id, line, reply) => {
    const client = await Client.ready(door);
    expect(await client.command(line)).toMatch(reply);
    client.kill();
  });

  test('sec-S4: the 51st recipient is 452, the first 50 stand', async () => {
    const client = await Client.ready(door);
    await client.command('MAIL FROM:<mail@shop.example>');
    for (let i = 0; i < 50; i += 1) expect(await client.command(`RCPT TO:<r${i}@x.example>`)).toMatch(/^250/);
    expect(await client.command('RCPT TO:<r50@x.example>')).toMatch(/^452 4\.5\.3/);
    await client.command('DATA');
    client.write(message());
    expect(await client.reply()).toMatch(/^250/);
    expect(submission.accepted[0]?.recipients).toHaveLength(50);
    client.kill();
  });

  test('sec-A11: after a refused DATA nothing of the transaction is left', async () => {
    const client = await Client.ready(door);
    await client.begin();
    client.write(message('From: b@shop.example\r\n'));
    expect(await client.reply()).toMatch(/^550/);
    expect(await client.command('RCPT TO:<a@b.example>')).toMatch(/^503/);
    expect(await client.command('DATA')).toMatch(/^503/);
    client.kill();
  });
});

describe('hostile streams end in one reply and a closed connection', () => {
  const ends = ['\n.\n', '\n.\r', '\r.\n', '\r.\r', '\n.\r\n', '\r.\r\n', '\r\n.\n', '\r\n.\r', '\r\n\0.\r\n', '\r\n.\0\r\n', '\r\n.\r\r\n', '\r\r\n.\r\r\n'];
  test.each(ends.map((end) => [JSON.stringify(end), end]))('sec-S1 sec-A1: %s', async (_name, end) => {
    for (const split of [false, true]) {
      const client = await Client.ready(door);
      await client.begin();
      const bytes = `${HEAD}\r\nhello${end}MAIL FROM:<e@e.example>\r\nRCPT TO:<f@f.example>\r\nDATA\r\nx\r\n.\r\n`;
      if (split) for (const letter of bytes) client.write(letter);
      else client.write(bytes);
      expect(await client.rest()).toMatch(/^550 5\.6\.11 [^\r\n]*\r\n$/);
      client.kill();
    }
    expect(submission.accepted).toEqual([]);
  });

  test('sec-S18 sec-A10: a message over the limit is cut off with 552, whatever SIZE said', async () => {
    const client = await Client.ready(door);
    await client.begin('mail@shop.example', ['ann@x.example'], ' SIZE=10');
    for (let i = 0; i < 1200; i += 1) client.write(`${'y'.repeat(998)}\r\n`);
    client.write('.\r\nNOOP\r\n');
    expect(await client.rest()).toMatch(/^552 5\.3\.4 [^\r\n]*\r\n$/);
    client.kill();
  });

  test('sec-S23: text ahead of 354 is 554, and none of it runs', async () => {
    const client = await Client.ready(door);
    client.write(`MAIL FROM:<mail@shop.example>\r\nRCPT TO:<ann@x.example>\r\nDATA\r\n${message()}`);
    expect(await client.rest()).toMatch(/554 5\.5\.0 [^\r\n]*\r\n$/);
    expect(submission.accepted).toEqual([]);
    client.kill();
  });

  test.each([['NOOP', 101], ['RSET', 101], ['VRFY x', 101], ['FOO', 20]])('sec-A13: 10,000 %s end in 421', async (line, most) => {
    const client = await Client.ready(door);
    client.write(`${line}\r\n`.repeat(10_000));
    const replies = (await client.rest()).trimEnd().split('\r\n');
    expect(replies.at(-1)).toMatch(/^421 4\.7\.0/);
    expect(replies.length).toBeLessThanOrEqual(most + 1);
    client.kill();
  });

  test('sec-A10: 10 MB without a line end is 421 at once', async () => {
    const client = await Client.ready(door);
    client.write(Buffer.alloc(10 << 20, 97));
    expect(await client.rest()).toMatch(/^421 4\.7\.0 [^\r\n]*\r\n$/);
    client.kill();
  });
});
