import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, seededRandom, systemMonotonic } from '@nexoramail/kernel';
import { MxResolver, nodeResolver, nodeSockets, RFC_TIMEOUTS, SmtpPool, systemScheduler, type Outcome, type OutgoingMessage, type PoolOptions } from '@nexoramail/mail';
import { startSandbox, type Sandbox } from './sandbox.js';

let sandbox: Sandbox;
let pool: SmtpPool;
let mx: MxResolver;
let clock: ManualClock;
const CONTENT = Buffer.from('From: a@us.example\r\nSubject: hello\r\n\r\n.leading dot\r\n');

const newPool = (options: Partial<PoolOptions> = {}): SmtpPool => new SmtpPool({
  sockets: nodeSockets({ extraCa: [sandbox.caPem] }), scheduler: systemScheduler, clock, monotonic: systemMonotonic, timeouts: { ...RFC_TIMEOUTS, connectMs: 2_000 }, clientName: 'worker.example', limitFor: () => 2, ...options,
});

/** The whole way of a message: MX over UDP, then SMTP. */
async function deliver(to: string, message: Partial<OutgoingMessage> = {}): Promise<Outcome> {
  const route = await mx.resolve(to.slice(to.lastIndexOf('@') + 1));
  if (route.kind !== 'hosts') throw new Error(`${route.kind}: ${route.reason}`);
  return pool.send({ key: route.site, hosts: route.hosts, port: sandbox.smtpPort }, { from: 'bounce@us.example', to, content: CONTENT, ...message });
}

beforeEach(async () => {
  clock = new ManualClock();
  sandbox = await startSandbox({ clock, random: seededRandom(5) });
  pool = newPool();
  mx = new MxResolver({ resolver: nodeResolver({ servers: [`127.0.0.1:${sandbox.dnsPort}`] }), random: seededRandom(1), monotonic: systemMonotonic, scheduler: systemScheduler, allowLoopback: true });
});

afterEach(async () => {
  await pool.close(100);
  await sandbox.stop();
});

describe('the client against the sandbox', () => {
  it('finds the MX by DNS, upgrades to verified TLS 1.3 and delivers the bytes', async () => {
    const outcome = await deliver('delivered@shop.sandbox.test');
    expect(outcome).toMatchObject({ kind: 'accepted', mx: 'mx.shop.sandbox.test', ip: '127.0.0.1', tls: { version: 'TLSv1.3', verified: true }, tlsFault: null });
    const [stored] = sandbox.store.list(1, 'delivered@shop.sandbox.test');
    expect(stored?.raw.equals(CONTENT)).toBe(true);
    expect(stored?.tls?.version).toBe('TLSv1.3');
  });

  it.each([
    ['bounce', 'rejected', '5.1.1'], ['full', 'rejected', '5.2.2'], ['blocked', 'rejected', '5.7.1'], ['defer', 'deferred', '4.3.0'], ['greylist', 'deferred', '4.7.1'], ['refuse', 'deferred', '4.3.2'],
  ])('%s@ is %s with %s', async (mailbox, kind, enhanced) => {
    expect(await deliver(`${mailbox}@x.sandbox.test`)).toMatchObject({ kind, stage: 'rcpt', reply: { enhanced } });
  });

  it('drop@ is unknown and stores nothing; refuse.sandbox.test is deferred at the greeting', async () => {
    expect(await deliver('drop@x.sandbox.test')).toMatchObject({ kind: 'unknown', stage: 'end' });
    expect(sandbox.store.size).toBe(0);
    expect(await deliver('any@refuse.sandbox.test')).toMatchObject({ kind: 'deferred', stage: 'greeting', ip: '127.0.0.2', reply: { code: 421 } });
  });

  it('REQ-015 carries 1,000 messages over no more connections than the pool allows', async () => {
    const all = await Promise.all(Array.from({ length: 1_000 }, (_, i) => deliver(`r${i}@one.sandbox.test`)));
    expect(all.every(({ kind }) => kind === 'accepted')).toBe(true);
    const { total, domains } = sandbox.counters.read();
    expect(total.peak_open).toBeLessThanOrEqual(2);
    expect(domains['one.sandbox.test']).toMatchObject({ messages: 1_000 });
    expect(total.sessions).toBe(10);
    expect(total.peak_messages_per_session).toBe(100);
    expect(total.commands['RSET']).toBeUndefined();
    expect(new Set(sandbox.store.list().flatMap(({ envelopeTo }) => envelopeTo)).size).toBe(1_000);
  });

  it('sends 250, 450 and 550 recipients over one session without losing count', async () => {
    pool = newPool({ limitFor: () => 1 });
    const results = await Promise.all(['ok', 'bounce', 'unavailable', 'ok', 'full', 'ok', 'defer', 'ok'].map((mailbox) => deliver(`${mailbox}@mixed.sandbox.test`)));
    expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'rejected', 'deferred', 'accepted', 'rejected', 'accepted', 'deferred', 'accepted']);
    expect(sandbox.counters.read().total.sessions).toBe(1);
  });

  it('sec-S64 takes TLS 1.2 from an old host, plain from one without, and require_tls takes neither unverified nor plain', async () => {
    sandbox.script.replace([{ mxHost: 'mx.old.example', tls: 'TLSv1.2' }, { mxHost: 'mx.plain.example', tls: 'none' }]);
    await sandbox.applyChanges();
    expect((await deliver('a@old.example')).tls).toMatchObject({ version: 'TLSv1.2', verified: true });
    expect((await deliver('a@plain.example')).tls).toBeNull();
    expect(await deliver('a@old.example', { requireTls: true })).toMatchObject({ kind: 'accepted', tls: { verified: true } });
    expect(await deliver('a@plain.example', { requireTls: true })).toMatchObject({ kind: 'deferred', fault: 'tls_required', tls: null });
    await pool.close(100);
    pool = newPool({ sockets: nodeSockets() });
    expect(await deliver('a@new.example')).toMatchObject({ kind: 'accepted', tls: { verified: false }, tlsFault: expect.stringContaining('certificate') });
    expect(await deliver('a@new.example', { requireTls: true })).toMatchObject({ kind: 'deferred', fault: 'tls_required' });
  });

  it('delivers 20 MB byte for byte', async () => {
    const content = Buffer.concat([CONTENT, Buffer.from(`.${'x'.repeat(75)}\r\n`.repeat(260_000))]);
    expect((await deliver('big@x.sandbox.test', { content })).kind).toBe('accepted');
    expect(sandbox.store.list(1)[0]?.raw.equals(content)).toBe(true);
  });

  it('sec-S35 a 421 closes the connection, and the next message goes over a new one', async () => {
    sandbox.script.replace([{ domain: 'busy.example', command: 'DOT', times: 1, reply: { code: 421, enhanced: '4.7.0', text: 'slow down' } }]);
    expect(await deliver('a@busy.example')).toMatchObject({ kind: 'deferred', stage: 'end', reply: { code: 421, enhanced: '4.7.0' } });
    expect((await deliver('a@busy.example')).kind).toBe('accepted');
    expect(sandbox.counters.read().total.sessions).toBe(2);
  });
});

describe('the DNS', () => {
  const dns = () => nodeResolver({ servers: [`127.0.0.1:${sandbox.dnsPort}`], timeoutMs: 200, tries: 1 });

  it('gives every domain a host of its own, a null MX and names that do not exist', async () => {
    expect(await dns().resolveMx('anything.example')).toEqual([{ exchange: 'mx.anything.example', priority: 10 }]);
    expect(await dns().resolve4('mx.anything.example')).toEqual([{ address: '127.0.0.1', ttl: 5 }]);
    expect(await mx.resolve('nullmx.sandbox.test')).toMatchObject({ kind: 'rejected', reason: 'null_mx' });
    expect(await mx.resolve('nowhere.invalid')).toMatchObject({ kind: 'rejected', reason: 'domain_not_found' });
    await expect(dns().resolveTxt('_dmarc.anything.example')).rejects.toMatchObject({ fault: 'not_found' });
    await expect(dns().resolveTxt('anything.example')).rejects.toMatchObject({ fault: 'no_data' });
  });

  it('publishes records, long texts and aliases, and takes them back', async () => {
    const key = `v=DKIM1; k=rsa; p=${'A'.repeat(600)}`;
    sandbox.zone.put({ name: 'S1._domainkey.Brand.example.', type: 'TXT', values: [key] });
    sandbox.zone.put({ name: 'track.brand.example', type: 'CNAME', values: ['t.nexora.example.'], ttl: 99 });
    sandbox.zone.put({ name: 't.nexora.example', type: 'A', values: ['198.51.100.7'], ttl: 77 });
    sandbox.zone.put({ name: 'brand.example', type: 'MX', values: ['20 b.example', '10 a.example'] });
    const [record = []] = await dns().resolveTxt('s1._domainkey.brand.example');
    expect(record.join('')).toBe(key);
    expect(record.map((part) => part.length)).toEqual([255, 255, 108]);
    expect(await dns().resolveCname('track.brand.example')).toEqual(['t.nexora.example']);
    expect(await dns().resolve4('track.brand.example')).toEqual([{ address: '198.51.100.7', ttl: 77 }]);
    expect([...await dns().resolveMx('brand.example')].sort((a, b) => a.priority - b.priority)).toEqual([{ exchange: 'a.example', priority: 10 }, { exchange: 'b.example', priority: 20 }]);
    await expect(dns().resolveTxt('_domainkey.brand.example')).rejects.toMatchObject({ fault: 'no_data' });
    sandbox.zone.remove('s1._domainkey.brand.example');
    await expect(dns().resolveTxt('s1._domainkey.brand.example')).rejects.toMatchObject({ fault: 'not_found' });
  });

  it('answers over TCP what is too long for UDP', async () => {
    sandbox.zone.put({ name: 'long.example', type: 'TXT', values: ['x'.repeat(60_000)] });
    sandbox.zone.put({ name: 'many.example', type: 'MX', values: Array.from({ length: 1_000 }, (_, i) => `${i} mx${i}.many.example`) });
    expect((await dns().resolveTxt('long.example'))[0]?.join('').length).toBe(60_000);
    expect(await dns().resolveMx('many.example')).toHaveLength(1_000);
  });

  it('sec-A17 scripts faults: no such name, failure, silence, an alias in a circle', async () => {
    for (const type of ['NXDOMAIN', 'SERVFAIL', 'TIMEOUT'] as const) sandbox.zone.put({ name: `${type}.example`, type, values: [] });
    sandbox.zone.put({ name: 'a.loop.example', type: 'CNAME', values: ['b.loop.example'] });
    sandbox.zone.put({ name: 'b.loop.example', type: 'CNAME', values: ['a.loop.example'] });
    await expect(dns().resolveMx('nxdomain.example')).rejects.toMatchObject({ code: 'ENOTFOUND', fault: 'not_found' });
    await expect(dns().resolveMx('servfail.example')).rejects.toMatchObject({ fault: 'temporary', code: 'ESERVFAIL' });
    await expect(dns().resolveMx('timeout.example')).rejects.toMatchObject({ fault: 'temporary', code: 'ETIMEOUT' });
    expect((await mx.resolve('a.loop.example')).kind).not.toBe('hosts');
  });
});
