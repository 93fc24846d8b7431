import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import type { Report } from '../checks/check.js';
import { runCli } from '../program.js';
import { CERTIFICATE, OTHER_AUTHORITY } from '../test-support/certificate.js';
import { FakeIo } from '../test-support/fake-io.js';
import { FakeSmtp, type FakeSmtpOptions } from '../test-support/fake-smtp.js';
import { FakeStack } from '../test-support/fake-stack.js';

let stack: FakeStack;
let dns: Socket;
const doors: FakeSmtp[] = [];

beforeEach(async () => {
  stack = await FakeStack.start();
  dns = createSocket('udp4');
  dns.on('message', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    dns.send(encode({ type: 'response', id: id ?? 0, questions, answers: [{ type: 'MX', name: 'sandbox.test', data: { exchange: 'mx.sandbox.test', preference: 10 } }] }), port, address);
  });
  await new Promise<void>((resolve) => dns.bind(0, '127.0.0.1', resolve));
  writeFileSync(join(stack.folder, 'ca.pem'), CERTIFICATE);
  await openDoors();
});
afterEach(async () => {
  for (const door of doors.splice(0)) await door.stop();
  dns.close();
  await stack.stop();
});

/** Opens both SMTP ports, each a little different on request, and names them in demo.json. */
async function openDoors(startTls: Partial<FakeSmtpOptions> = {}, tls: Partial<FakeSmtpOptions> = {}): Promise<void> {
  for (const door of doors.splice(0)) await door.stop();
  const [submission, implicit] = [await FakeSmtp.start({ implicitTls: false, ...startTls }), await FakeSmtp.start({ implicitTls: true, ...tls })];
  doors.push(submission, implicit);
  stack.writeDemo({ smtp: { host: '127.0.0.1', submission_port: submission.port, tls_port: implicit.port, ca_file: join(stack.folder, 'ca.pem') }, sandbox_mx: { http_url: stack.url, dns_port: dns.address().port } });
}

const credentials = (): string => Buffer.from(`\0nexoramail\0${stack.key}`).toString('base64');

async function examine(variables: Record<string, string> = {}): Promise<{ code: number; of: (check: string) => Report | undefined; reports: Report[] }> {
  const io = new FakeIo({ ...stack.variables, ...variables });
  const code = await runCli(['doctor', '--json'], io);
  const reports = io.json[0] as Report[];
  return { code, reports, of: (check) => reports.find((report) => report.check === check) };
}

test('everything in order: a line each, exit 0', async () => {
  const { code, reports } = await examine();
  expect(reports.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(reports.map(({ check }) => check)).toEqual(['node', 'data_folder', 'disk_space', 'demo_file', 'api', 'database', 'clock', 'domains', 'smtp_starttls', 'smtp_tls', 'tracking', 'sandbox_dns', 'sandbox_viewer', 'dashboard']);
  expect(code).toBe(0);
  const io = new FakeIo(stack.variables);
  expect(await runCli(['doctor'], io)).toBe(0);
  expect(io.lines.filter((line) => line.startsWith('✓ '))).toHaveLength(14);
  expect(io.output).toContain('All is in order.');
  expect(io.output).not.toContain(stack.key);
});

describe('a fault is told once, with what to do', () => {
  test('nothing was ever started: the rest is skipped', async () => {
    const { code, reports } = await examine({ NEXORA_DATA_DIR: join(stack.folder, 'none') });
    expect(code).toBe(1);
    expect(reports.filter(({ status }) => status === 'fault')).toEqual([expect.objectContaining({ check: 'demo_file', fix: expect.stringContaining('npm start') })]);
  });

  test('the stack is stopped', async () => {
    await stack.close();
    const { code, reports } = await examine();
    expect(code).toBe(1);
    expect(reports.filter(({ status }) => status === 'fault')).toEqual([expect.objectContaining({ check: 'api', detail: expect.stringContaining('Nothing answers'), fix: 'Start it with: npm start' })]);
  });

  test('the key is not taken: the parts that need none are still looked at', async () => {
    const { of } = await examine({ NEXORA_API_KEY: 'nxm_live_other' });
    expect(of('api')).toMatchObject({ status: 'fault', fix: expect.stringContaining('NEXORA_API_KEY') });
    expect([of('database')?.status, of('domains')?.status, of('dashboard')?.status, of('smtp_tls')?.status]).toEqual(['skipped', 'skipped', 'ok', 'ok']);
  });

  test('others can read demo.json', async () => {
    chmodSync(join(stack.folder, 'demo.json'), 0o644);
    expect((await examine()).of('demo_file')).toMatchObject({ status: 'fault', fix: `chmod 600 ${join(stack.folder, 'demo.json')}` });
  });

  test('demo.json is broken', async () => {
    writeFileSync(join(stack.folder, 'demo.json'), '{');
    expect((await examine()).of('demo_file')).toMatchObject({ status: 'fault', detail: expect.stringContaining('not JSON') });
  });

  test('the data folder is no folder', async () => {
    const file = join(stack.folder, 'file');
    writeFileSync(file, '');
    expect((await examine({ NEXORA_DATA_DIR: file, NEXORA_API_URL: stack.url, NEXORA_API_KEY: stack.key })).of('data_folder')).toMatchObject({ status: 'fault', detail: expect.stringContaining('ENOTDIR') });
  });

  test.each([
    ['the database is away', '/v1/emails', { status: 503, body: { detail: 'The database does not answer.' } }, 'database', 'The database does not answer.'],
    ['a domain is not verified', '/v1/domains', { status: 200, body: { data: [{ name: 'x.example', status: 'failed', records: [{ required: true, status: 'missing', type: 'TXT', host: 'k._domainkey.x.example', fix: null }] }] } }, 'domains', 'x.example is failed'],
    ['the dashboard was not built', '/', { status: 404, body: {} }, 'dashboard', 'does not serve it (404)'],
    ["the dashboard's script is the page again", '/assets/index.js', { status: 200, type: 'text/html', body: '' }, 'dashboard', 'is not served as a script'],
    ['another program has the port of the inbox', '/messages', { status: 200, type: 'text/html', body: 'hi' }, 'sandbox_viewer', 'does not answer as the sandbox does'],
  ])('%s', async (_name, path, answer, check, words) => {
    stack.override = (request) => (request.path === path ? answer : undefined);
    const { code, of } = await examine();
    expect(of(check)).toMatchObject({ status: 'fault', detail: expect.stringContaining(words), fix: expect.stringMatching(/./) });
    expect(code).toBe(1);
  });

  test('the clocks differ', async () => {
    const io = new FakeIo(stack.variables);
    io.now = () => new Date(Date.now() + 60_000);
    await runCli(['doctor', '--json'], io);
    expect((io.json[0] as Report[]).find(({ check }) => check === 'clock')).toMatchObject({ status: 'fault', detail: expect.stringMatching(/differ by (59|60|58) s/) });
  });

  test('the DNS answers with an error', async () => {
    dns.removeAllListeners('message').on('message', (message, { port, address }) => dns.send(encode({ type: 'response', id: decode(message).id ?? 0, flags: 3 }), port, address));
    expect((await examine()).of('sandbox_dns')).toMatchObject({ status: 'fault', fix: expect.stringContaining('npm start') });
  });
});

describe('the SMTP doors', () => {
  test('are greeted, turned to TLS and signed in to; the key crosses no clear line', async () => {
    await examine();
    const secret = `AUTH PLAIN ${credentials()}`;
    expect(doors.map(({ lines }) => lines)).toEqual([['EHLO doctor.invalid', 'STARTTLS', 'EHLO doctor.invalid', secret, 'QUIT'], ['EHLO doctor.invalid', secret, 'QUIT']]);
  });

  test.each([
    ['refuse the key', { auth: '535 5.7.8 no' }, '535 5.7.8 no'], ['greet with a refusal', { greeting: '554 go away' }, '554 go away'], ['speak something else', { greeting: 'SSH-2.0-x' }, 'not an SMTP reply'], ['know TLS 1.2 only', { maxVersion: 'TLSv1.2' as const }, 'does not speak TLS 1.3'],
  ])('%s', async (_name, options, words) => {
    await openDoors(options, options);
    const { of } = await examine();
    for (const check of ['smtp_starttls', 'smtp_tls']) {
      expect(of(check)).toMatchObject({ status: 'fault', detail: expect.stringContaining(words) });
      expect(JSON.stringify(of(check))).not.toContain(stack.key);
      expect(JSON.stringify(of(check))).not.toContain(credentials());
    }
  });

  test('without STARTTLS nothing is said in clear', async () => {
    await openDoors({ offersStartTls: false });
    expect((await examine()).of('smtp_starttls')).toMatchObject({ status: 'fault', detail: expect.stringContaining('does not offer STARTTLS') });
    expect(doors[0]?.lines).toEqual(['EHLO doctor.invalid']);
  });

  test('with a certificate of another authority get no key', async () => {
    writeFileSync(join(stack.folder, 'ca.pem'), OTHER_AUTHORITY);
    const { of } = await examine();
    for (const check of ['smtp_starttls', 'smtp_tls']) expect(of(check)).toMatchObject({ status: 'fault', detail: expect.stringContaining('certificate') });
    expect(doors.flatMap(({ lines }) => lines).filter((line) => line.startsWith('AUTH'))).toEqual([]);
  });

  test('that do not listen, or whose CA file is gone', async () => {
    for (const door of doors) await door.stop();
    const { of } = await examine();
    for (const check of ['smtp_starttls', 'smtp_tls']) expect(of(check)).toMatchObject({ status: 'fault', detail: expect.stringContaining('nothing listens') });
    rmSync(join(stack.folder, 'ca.pem'));
    expect((await examine()).of('smtp_tls')).toMatchObject({ detail: expect.stringContaining('cannot be read (ENOENT)') });
  });
});
