import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RawSmtp, smtpMessage, submissionSession } from './support/smtp.js';
import { Stack } from './support/stack.js';
import { until } from './support/wait.js';

let stack: Stack;
beforeAll(async () => { stack = await Stack.start(); });
afterAll(async () => { await stack.stop(); });

const FROM = 'receipts@shop.nexora.test';
const idOf = (answer: string): string => /^250 2\.0\.0 accepted (em_[a-z0-9]+)$/.exec(answer)?.[1] ?? `no id in ${answer}`;
const copyOf = async (to: string): Promise<Buffer> => stack.raw(await until(`the copy for ${to}`, async () => (await stack.inbox(to))[0]?.id));
const bodyOf = (raw: Buffer): Buffer => raw.subarray(raw.indexOf('\r\n\r\n') + 4);

describe('submission', () => {
  test.each(['submission', 'tls'] as const)('the %s port takes three messages in a session, by PLAIN and by LOGIN, and REST knows each id', async (port) => {
    for (const mechanism of ['PLAIN', 'LOGIN']) {
      const client = await RawSmtp.open(stack, port);
      if (port === 'submission') await client.startTls(stack);
      else expect(await client.command('EHLO client.example')).toContain('AUTH PLAIN LOGIN');
      if (mechanism === 'PLAIN') expect(await client.authPlain(stack.demo.smtp_username, stack.demo.api_key)).toMatch(/^235 2\.7\.0/);
      else {
        expect(await client.command('AUTH LOGIN')).toMatch(/^334/);
        expect(await client.command(Buffer.from(stack.demo.smtp_username).toString('base64'))).toMatch(/^334/);
        expect(await client.command(Buffer.from(stack.demo.api_key).toString('base64'))).toMatch(/^235 2\.7\.0/);
      }
      for (let i = 0; i < 3; i += 1) {
        const to = `delivered+${port}-${mechanism}-${i}@sandbox.test`;
        const id = idOf(await client.send(FROM, [to], smtpMessage(stack, to)));
        const { status, body } = await stack.api('GET', `/v1/emails/${id}`);
        expect([status, body]).toEqual([200, expect.objectContaining({ id, source: 'smtp', subject: 'Your receipt', category: 'commerce.receipt', to: [to] })]);
        expect(await stack.final(id)).toMatchObject([{ status: 'delivered' }]);
      }
      expect(await client.command('QUIT')).toMatch(/^221/);
      client.close();
    }
  });

  test('sec-S14: TLS 1.2 is refused on both ports', async () => {
    await expect(RawSmtp.open(stack, 'tls', { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol.version|alert/i);
    const client = await RawSmtp.open(stack, 'submission');
    await expect(client.startTls(stack, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol.version|alert/i);
  });

  test('sec-S16 sec-S11: AUTH and MAIL in clear are 530 5.7.0, and AUTH is not offered there', async () => {
    const client = await RawSmtp.open(stack, 'submission');
    expect(await client.command('EHLO client.example')).not.toContain('AUTH');
    expect(await client.authPlain('nexoramail', stack.demo.api_key)).toMatch(/^530 5\.7\.0/);
    expect(await client.command(`MAIL FROM:<${FROM}>`)).toMatch(/^530 5\.7\.0/);
    client.close();
  });

  test('a wrong key is 535 5.7.8', async () => {
    const client = await RawSmtp.open(stack, 'tls');
    await client.command('EHLO client.example');
    expect(await client.authPlain('nexoramail', `${stack.demo.api_key.slice(0, -1)}${stack.demo.api_key.endsWith('0') ? '1' : '0'}`)).toMatch(/^535 5\.7\.8/);
    client.close();
  });
});

describe('what was submitted arrives byte for byte', () => {
  test('sec-S2: leading dots, 998-octet lines and 8-bit bodies', async () => {
    const to = 'delivered+bytes@sandbox.test';
    const body = Buffer.concat([Buffer.from('.dot\r\n..two\r\n...\r\n'), Buffer.from(`${'x'.repeat(998)}\r\n`), Buffer.from('Grüße\r\n', 'utf8'), Buffer.from([0x80, 0xff, 0xe9, 0x0d, 0x0a]), Buffer.from('\r\n\r\nend')]);
    const head = Buffer.from(smtpMessage(stack, to, 'X-Odd:  two  spaces \r\nX-Folded: a\r\n\tb\r\n', ''));
    const stuffed = Buffer.from(Buffer.concat([head, body]).toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..'), 'latin1');
    const client = await submissionSession(stack);
    const id = idOf(await client.send(FROM, [to], stuffed, ' BODY=8BITMIME'));
    client.close();
    await stack.final(id);
    const raw = await copyOf(to);
    expect(bodyOf(raw).subarray(0, body.length)).toEqual(body);
    const text = raw.toString('latin1');
    expect(text).toContain('X-Odd:  two  spaces \r\nX-Folded: a\r\n\tb\r\n');
    expect(text).toContain('Date: Sun, 01 Mar 2026 09:00:00 +0000\r\n');
    expect(text).not.toMatch(/^(X-Nexora-|Bcc:)/im);
  });
});

describe('sec-S1 sec-A1: no end of data but CRLF . CRLF', () => {
  const ends = ['\n.\n', '\n.\r', '\r.\n', '\r.\r', '\n.\r\n', '\r.\r\n', '\r\n.\n', '\r\n.\r', '\r\n\0.\r\n', '\r\n.\0\r\n', '\r\n.\r\r\n', '\r\r\n.\r\r\n'];
  test.each(ends.map((end) => [JSON.stringify(end), end]))('%s: one 550 5.6.11, nothing stored, then the connection ends', async (_name, end) => {
    const before = ((await stack.api('GET', '/v1/emails?limit=1')).body as { data: { id: string }[] }).data[0]?.id;
    const client = await submissionSession(stack);
    for (const line of [`MAIL FROM:<${FROM}>`, 'RCPT TO:<delivered+a1@sandbox.test>', 'DATA']) await client.command(line);
    client.write(`${smtpMessage(stack, 'delivered+a1@sandbox.test')}${end}MAIL FROM:<${FROM}>\r\nRCPT TO:<delivered+smuggled@sandbox.test>\r\nDATA\r\nSubject: x\r\n\r\nsmuggled\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^550 5\.6\.11/);
    await until('the end of the connection', () => Promise.resolve(client.closed), 5_000);
    await expect(client.reply()).rejects.toThrow('closed');
    expect(((await stack.api('GET', '/v1/emails?limit=1')).body as { data: { id: string }[] }).data[0]?.id).toBe(before);
    expect(await stack.inbox('delivered+smuggled@sandbox.test')).toEqual([]);
  });
});
