import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, seededRandom } from '@nexoramail/kernel';
import { ManualScheduler } from '@nexoramail/mail';
import { startSandbox, type Sandbox } from './sandbox.js';
import { RawClient } from './test-support/raw-client.js';

let sandbox: Sandbox;
let clock: ManualClock;
let scheduler: ManualScheduler;
const clients: RawClient[] = [];

const open = (host?: string): RawClient => {
  const client = RawClient.open(sandbox.smtpPort, host);
  clients.push(client);
  return client;
};

/** A client that has said EHLO. */
const ready = async (): Promise<RawClient> => {
  const client = open();
  await client.reply();
  await client.command('EHLO client.example');
  return client;
};

beforeEach(async () => {
  clock = new ManualClock();
  scheduler = new ManualScheduler();
  sandbox = await startSandbox({ clock, scheduler, random: seededRandom(7) });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await sandbox.stop();
});

describe('the mailboxes', () => {
  it.each([
    ['bounce@a.sandbox.test', '550 5.1.1'],
    ['full@a.sandbox.test', '552 5.2.2'],
    ['blocked@a.sandbox.test', '550 5.7.1'],
    ['unavailable@a.sandbox.test', '451 4.3.0'],
    ['bounce+label@shop.example', '550 5.1.1'],
    ['BOUNCE@a.sandbox.test', '550 5.1.1'],
    ['delivered@a.sandbox.test', '250 2.1.5'],
    ['anybody@a.sandbox.test', '250 2.1.5'],
    ['bouncer@a.sandbox.test', '250 2.1.5'],
  ])('answer RCPT %s with %s', async (address, expected) => {
    expect(await open().upToRcpt(address)).toContain(expected);
  });

  it('defers twice and counts by full address', async () => {
    const client = await ready();
    const codes: string[] = [];
    for (const to of ['defer@x.sandbox.test', 'defer+a@x.sandbox.test', 'defer@x.sandbox.test', 'DEFER@x.sandbox.test', 'defer+a@x.sandbox.test', 'defer+a@x.sandbox.test']) {
      codes.push((await client.send(to)).slice(0, 3));
      await client.command('RSET');
    }
    expect(codes).toEqual(['451', '451', '451', '250', '451', '250']);
  });

  it('greylists until 300 s of business time after the first try', async () => {
    const client = await ready();
    expect(await client.send('greylist@x.sandbox.test')).toContain('451 4.7.1');
    await client.command('RSET');
    clock.advance(299_999);
    expect(await client.send('greylist@x.sandbox.test')).toContain('451 4.7.1');
    await client.command('RSET');
    clock.advance(1);
    expect(await client.send('greylist@x.sandbox.test')).toContain('250 2.0.0');
  });

  it('drop@ stores nothing and cuts every time; drop-once@ stores, cuts once, then answers', async () => {
    const cut = async (to: string): Promise<string> => (await ready()).send(to);
    expect(await cut('drop@x.sandbox.test')).toBe('');
    expect(await cut('drop@x.sandbox.test')).toBe('');
    expect(sandbox.store.size).toBe(0);
    expect(await cut('drop-once+1@x.sandbox.test')).toBe('');
    expect(sandbox.store.size).toBe(1);
    expect(await cut('drop-once+1@x.sandbox.test')).toContain('250 2.0.0');
    expect(await cut('drop-once+2@x.sandbox.test')).toBe('');
    expect(sandbox.store.size).toBe(3);
  });

  it('refuse@ answers 421 at RCPT and closes; refuse.sandbox.test answers 421 at the greeting', async () => {
    const client = open();
    expect(await client.upToRcpt('refuse@x.sandbox.test')).toContain('421 4.3.2');
    expect(await client.rest()).toBe('');
    const [host = ''] = sandbox.zone.mxHostsOf('refuse.sandbox.test');
    const address = sandbox.zone.lookup(host, 'A').records[0]?.values[0] ?? '';
    expect(address).toBe('127.0.0.2');
    const refused = open(address);
    expect(await refused.reply()).toContain('421 4.3.2');
    expect(await refused.rest()).toBe('');
  });

  it.each([['slow@x.sandbox.test', 2_000], ['tarpit@x.sandbox.test', 60_000]])('%s answers each command from RCPT on after %d ms', async (to, ms) => {
    const client = await ready();
    await client.command('MAIL FROM:<a@b.example>');
    const answers: string[] = [];
    const step = async (bytes: string): Promise<void> => {
      const before = scheduler.waiting;
      client.write(bytes);
      while (scheduler.waiting === before) await new Promise((resolve) => setImmediate(resolve));
      scheduler.advance(ms - 1);
      expect(scheduler.waiting).toBe(before + 1);
      scheduler.advance(1);
      answers.push((await client.reply()).slice(0, 3));
    };
    await step(`RCPT TO:<${to}>\r\n`);
    await step('DATA\r\n');
    await step('Subject: x\r\n\r\n.\r\n');
    expect(answers).toEqual(['250', '354', '250']);
    expect(await client.command('MAIL FROM:<a@b.example>')).toContain('250 2.1.0');
  });
});

describe('the SMTP server', () => {
  it('answers a pipelined envelope in order and keeps the bytes as they were', async () => {
    const client = await ready();
    client.write('MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<one@x.example>\r\nRCPT TO:<bounce@x.example>\r\nDATA\r\n');
    const codes = [await client.reply(), await client.reply(), await client.reply(), await client.reply()].map((line) => line.slice(0, 3));
    expect(codes).toEqual(['250', '250', '550', '354']);
    const body = Buffer.from('Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\n.\r\n..dots\r\n\xe9\xff 8 bit\r\n\r\n', 'latin1');
    client.write(Buffer.concat([Buffer.from(body.toString('latin1').replace(/^\./gm, '..'), 'latin1'), Buffer.from('.\r\n')]));
    expect(await client.reply()).toContain('250 2.0.0');
    const [stored] = sandbox.store.list();
    expect(stored?.raw.equals(body)).toBe(true);
    expect(stored).toMatchObject({ envelopeFrom: 'a@b.example', envelopeTo: ['one@x.example'], subject: 'café', tls: null });
  });

  it('refuses a bare line feed in the text once and stores nothing', async () => {
    const client = open();
    await client.upToRcpt('a@x.example');
    await client.command('DATA');
    client.write('x\r\n.\nMAIL FROM:<e@e.example>\r\nRCPT TO:<v@v.example>\r\nDATA\r\nevil\r\n.\r\n');
    expect(await client.rest()).toMatch(/^550 5\.6\.11 [^\r\n]*\r\n$/);
    expect(sandbox.store.size).toBe(0);
  });

  it('speaks TLS 1.3 with a certificate for the host that was asked for', async () => {
    const client = await ready();
    const tls = await client.startTls('mx.shop.example', sandbox.caPem);
    expect(tls.authorized).toBe(true);
    expect(tls.getProtocol()).toBe('TLSv1.3');
    expect(await client.command('MAIL FROM:<a@b.example>')).toContain('503');
    const offers = await client.command('EHLO client.example');
    expect(offers).toContain('PIPELINING');
    expect(offers).not.toContain('STARTTLS');
    expect(await client.send('a@x.example')).toContain('250 2.0.0');
    expect(sandbox.store.list()[0]?.tls).toEqual({ version: 'TLSv1.3', cipher: expect.stringContaining('TLS_') });
  });

  it('runs nothing that was pipelined behind STARTTLS', async () => {
    const client = await ready();
    client.write('STARTTLS\r\nMAIL FROM:<e@e.example>\r\n');
    expect(await client.reply()).toContain('220');
    expect(await client.rest()).toBe('');
    expect(sandbox.counters.read().total.commands).not.toHaveProperty('MAIL');
  });
});

describe('the script', () => {
  it('replies by address, domain and command, as often and as likely as it says', async () => {
    sandbox.script.replace([
      { address: 'Ann@x.example', reply: { code: 452, enhanced: '4.2.2', text: 'later' }, times: 1 },
      { domain: 'y.example', reply: { code: 554, enhanced: '5.7.1', text: 'no' } },
      { domain: 'z.example', command: 'DOT', reply: { code: 451, enhanced: '4.3.0', text: 'disk' } },
      { domain: 'half.example', probability: 0.5, reply: { code: 450, enhanced: '4.0.0', text: 'dice' } },
    ]);
    const client = await ready();
    const after = async (to: string): Promise<string> => {
      const answer = await client.send(to);
      await client.command('RSET');
      return answer.slice(0, 9);
    };
    expect(await after('ann@x.example')).toBe('452 4.2.2');
    expect(await after('ann@x.example')).toBe('250 2.0.0');
    expect(await after('any@y.example')).toBe('554 5.7.1');
    expect(await after('any@z.example')).toBe('451 4.3.0');
    const half = new Set<string>();
    for (let i = 0; i < 20; i += 1) half.add(await after('any@half.example'));
    expect([...half].sort()).toEqual(['250 2.0.0', '450 4.0.0']);
  });

  it('knows an MX host from the greeting on, by a loopback address of its own', async () => {
    sandbox.script.replace([{ mxHost: 'mx.busy.example', command: 'CONNECT', reply: { code: 421, enhanced: '4.3.2', text: 'busy' } }, { mxHost: 'mx.old.example', tls: 'TLSv1.2' }, { mxHost: 'mx.plain.example', tls: 'none' }]);
    await sandbox.applyChanges();
    const at = (host: string): string => sandbox.zone.lookup(host, 'A').records[0]?.values[0] ?? '';
    expect(await open(at('mx.busy.example')).reply()).toContain('421 4.3.2');
    const old = open(at('mx.old.example'));
    await old.reply();
    await old.command('EHLO c.example');
    expect((await old.startTls('mx.old.example')).getProtocol()).toBe('TLSv1.2');
    const plain = open(at('mx.plain.example'));
    await plain.reply();
    expect(await plain.command('EHLO c.example')).not.toContain('STARTTLS');
    expect(await open().reply()).toContain('220');
  });
});

it('counts sessions and commands by client and by recipient domain', async () => {
  const first = await ready();
  await first.send('a@one.example');
  await first.send('b@one.example');
  await (await ready()).send('a@two.example');
  const { total, clients: byClient, domains } = sandbox.counters.read();
  expect(total).toMatchObject({ sessions: 2, peak_open: 2, messages: 3, peak_messages_per_session: 2 });
  expect(total.commands).toMatchObject({ EHLO: 2, MAIL: 3, RCPT: 3, DATA: 3 });
  expect(byClient['127.0.0.1 client.example']).toMatchObject({ sessions: 2, messages: 3 });
  expect(domains['one.example']).toMatchObject({ sessions: 1, messages: 2 });
  expect(domains['two.example']).toMatchObject({ sessions: 1, messages: 1 });
});
