import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import { startSandbox, type Sandbox } from './sandbox.js';
import { RawClient } from './test-support/raw-client.js';

// A second sandbox is the reports listener: it stores what it gets byte for byte.
let listener: Sandbox;
let sandbox: Sandbox;
let client: RawClient;

beforeEach(async () => {
  const clock = new ManualClock();
  listener = await startSandbox({ clock });
  sandbox = await startSandbox({ clock, random: seededRandom(4), reports: { host: '127.0.0.1', port: listener.smtpPort } });
  client = RawClient.open(sandbox.smtpPort);
  await client.reply();
  await client.command('EHLO c.example');
});

afterEach(async () => {
  client.close();
  await Promise.all([sandbox.stop(), listener.stop()]);
});

const arrived = async () => {
  while (listener.store.size === 0) await new Promise<void>((resolve) => { const stop = listener.store.onChange(() => { stop(); resolve(); }); });
  const [report] = listener.store.list(1);
  if (report === undefined) throw new Error('no report');
  return { report, text: report.raw.toString('utf8'), mail: await simpleParser(report.raw, { keepDeliveryStatus: true }) };
};

const MESSAGE = 'From: shop@brand.example\r\nSubject: hi\r\nX-Nexora-Token: abc\r\n\r\n.private text\r\n';

describe('sec-S36 reports', () => {
  it('of dsn@ are delivery status notifications to the return path with a null sender', async () => {
    const started = performance.now();
    expect(await client.send('dsn+7@x.sandbox.test', MESSAGE.replace('\r\n.p', '\r\n..p'))).toContain('250 2.0.0');
    const { report, text, mail } = await arrived();
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(report.envelopeFrom).toBe('');
    expect(report.envelopeTo).toEqual(['returns@sender.example']);
    expect(mail.headers.get('content-type')).toMatchObject({ value: 'multipart/report', params: { 'report-type': 'delivery-status' } });
    expect(text).toContain('Reporting-MTA: dns; mx.x.sandbox.test\r\n');
    expect(text).toContain('Final-Recipient: rfc822; dsn+7@x.sandbox.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 ');
    expect(text).toContain('Content-Type: text/rfc822-headers\r\n\r\nFrom: shop@brand.example\r\nSubject: hi\r\nX-Nexora-Token: abc\r\n');
    expect(text).not.toContain('private text');
    expect(text).toContain('Auto-Submitted: auto-replied\r\n');
  });

  it('of complaint@ are ARF reports that carry the message', async () => {
    await client.send('complaint@x.sandbox.test', MESSAGE.replace('\r\n.p', '\r\n..p'));
    const { report, text, mail } = await arrived();
    expect(report.envelopeFrom).toBe('');
    expect(mail.headers.get('content-type')).toMatchObject({ value: 'multipart/report', params: { 'report-type': 'feedback-report' } });
    expect(text).toContain('Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: NexoraMailSandbox/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <returns@sender.example>\r\nOriginal-Rcpt-To: <complaint@x.sandbox.test>\r\n');
    expect(text).toContain(`Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n${MESSAGE}`);
    await until(() => sandbox.counters.read().reports.sent === 1);
  });

  it('are never made about a message with a null sender', async () => {
    await client.command('MAIL FROM:<>');
    await client.command('RCPT TO:<dsn@x.sandbox.test>');
    await client.command('DATA');
    client.write(`${MESSAGE}.\r\n`);
    expect(await client.reply()).toContain('250');
    expect(sandbox.counters.read().reports).toEqual({ sent: 0, refused: 0, skipped: 1 });
    expect(listener.store.size).toBe(0);
  });
});

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
};

it('a report is skipped when nobody listens', async () => {
  await listener.stop();
  await client.send('dsn@x.sandbox.test');
  await until(() => sandbox.counters.read().reports.skipped === 1);
  expect(sandbox.store.size).toBe(1);
});

it('nothing is left running when a port is taken', async () => {
  const taken: Server = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(startSandbox({ httpPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(startSandbox({ smtpPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(startSandbox({ dnsPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await new Promise<void>((resolve) => void taken.close(() => resolve()));
});
