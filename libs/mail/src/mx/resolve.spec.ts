import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@nexoramail/kernel';
import { ManualScheduler } from '../smtp-client/scheduler.js';
import { addressSpace } from './address-space.js';
import { MxResolver, type MxResolverOptions } from './resolve.js';
import { DnsError, type DnsFault, type DnsResolver } from './resolver.js';
import { siteKey } from './site.js';

type Zone = Record<string, { mx?: [number, string][] | DnsFault; a?: string[] | DnsFault; aaaa?: string[]; ttl?: number }>;

/** A resolver over a table; counts what it was asked. */
class TableResolver implements DnsResolver {
  readonly asked: string[] = [];

  constructor(readonly zone: Zone) {}

  private answer<T>(question: string, values: readonly T[] | DnsFault | undefined, known: boolean): Promise<readonly T[]> {
    this.asked.push(question);
    if (typeof values === 'string') return Promise.reject(new DnsError(values, values === 'temporary' ? 'ESERVFAIL' : 'ENOTFOUND'));
    if (values === undefined) return Promise.reject(known ? new DnsError('no_data', 'ENODATA') : new DnsError('not_found', 'ENOTFOUND'));
    return Promise.resolve(values);
  }

  resolveMx(name: string) {
    const mx = this.zone[name]?.mx;
    return this.answer(`MX ${name}`, typeof mx === 'object' ? mx.map(([priority, exchange]) => ({ priority, exchange })) : mx, name in this.zone);
  }

  resolve4(name: string) {
    const a = this.zone[name]?.a;
    return this.answer(`A ${name}`, typeof a === 'object' ? a.map((address) => ({ address, ttl: this.zone[name]?.ttl ?? 60 })) : a, name in this.zone);
  }

  resolve6(name: string) {
    return this.answer(`AAAA ${name}`, this.zone[name]?.aaaa?.map((address) => ({ address, ttl: 60 })), name in this.zone);
  }

  resolveTxt(name: string) {
    return this.answer<readonly string[]>(`TXT ${name}`, undefined, name in this.zone);
  }

  resolveCname(name: string) {
    return this.answer<string>(`CNAME ${name}`, undefined, name in this.zone);
  }
}

const setUp = (zone: Zone, options: Partial<MxResolverOptions> = {}) => {
  const dns = new TableResolver(zone);
  const scheduler = new ManualScheduler();
  const mx = new MxResolver({ resolver: dns, random: seededRandom(3), monotonic: { now: () => scheduler.now() }, scheduler, ...options });
  return { dns, scheduler, mx };
};

const ips = async (mx: MxResolver, domain: string): Promise<string[]> => {
  const route = await mx.resolve(domain);
  return route.kind === 'hosts' ? route.hosts.map(({ ip }) => ip) : [route.reason];
};

describe('sec-S34 the hosts of a domain', () => {
  it('come by preference, at random within equals, with all their addresses', async () => {
    const { mx } = setUp({
      'd.example': { mx: [[20, 'far.example'], [10, 'one.example'], [10, 'two.example.']] },
      'one.example': { a: ['198.41.0.1', '198.41.0.11'] }, 'two.example': { a: ['198.41.0.2'], aaaa: ['2a00::2'] }, 'far.example': { a: ['198.41.0.3'] },
    });
    const orders = new Set<string>();
    for (let i = 0; i < 30; i += 1) orders.add((await ips(mx, 'D.example.')).join(' '));
    expect([...orders].sort()).toEqual(['198.41.0.1 198.41.0.11 198.41.0.2 2a00::2 198.41.0.3', '198.41.0.2 2a00::2 198.41.0.1 198.41.0.11 198.41.0.3']);
  });

  it('are the domain itself only without MX', async () => {
    const { mx, dns } = setUp({ 'd.example': { a: ['198.41.0.9'] }, 'm.example': { mx: [[5, 'gone.example']], a: ['198.41.0.9'] } });
    expect(await mx.resolve('d.example')).toEqual({ kind: 'hosts', site: 'd.example', hosts: [{ host: 'd.example', ip: '198.41.0.9', preference: 0 }] });
    expect(await mx.resolve('m.example')).toMatchObject({ kind: 'rejected', reason: 'domain_not_found', reply: { enhanced: '5.4.4' } });
    expect(dns.asked).not.toContain('A m.example');
  });

  it('refuses loopback and private space; loopback only when allowed', async () => {
    const zone: Zone = { 'l.example': { mx: [[1, 'lo.example']] }, 'lo.example': { a: ['127.0.0.1'] }, 'p.example': { mx: [[1, 'pr.example']] }, 'pr.example': { a: ['10.0.0.1'], aaaa: ['fd00::1'] }, 'x.example': { mx: [[1, 'pr.example'], [2, 'ok.example']] }, 'ok.example': { a: ['198.41.0.4'] } };
    const strict = setUp(zone).mx;
    expect(await ips(strict, 'l.example')).toEqual(['private_address']);
    expect(await ips(strict, 'p.example')).toEqual(['private_address']);
    expect(await ips(strict, 'x.example')).toEqual(['198.41.0.4']);
    const local = setUp(zone, { allowLoopback: true }).mx;
    expect(await ips(local, 'l.example')).toEqual(['127.0.0.1']);
    expect(await ips(local, 'p.example')).toEqual(['private_address']);
  });
});

it('sec-S25 a null MX is refused with 556 5.1.10, without asking for an address', async () => {
  const { mx, dns } = setUp({ 'd.example': { mx: [[0, '']], a: ['198.41.0.1'] } });
  expect(await mx.resolve('d.example')).toEqual({ kind: 'rejected', reason: 'null_mx', reply: { code: 556, enhanced: '5.1.10', text: 'the domain takes no mail (null MX)' } });
  expect(dns.asked).toEqual(['MX d.example']);
});

it.each([
  ['gone.example', 'rejected', 'domain_not_found'], ['servfail.example', 'deferred', 'dns_failure'], ['half.example', 'deferred', 'dns_failure'], ['[198.41.0.1]', 'rejected', 'domain_not_found'],
])('%s is %s: %s', async (domain, kind, reason) => {
  const { mx } = setUp({ 'servfail.example': { mx: 'temporary' }, 'half.example': { mx: [[1, 'bad.example']] }, 'bad.example': { a: 'temporary' } });
  expect(await mx.resolve(domain)).toMatchObject({ kind, reason });
});

it('sec-A17 uses 100 of 5,000 records and asks for few addresses', async () => {
  const { mx, dns } = setUp({ 'd.example': { mx: Array.from({ length: 5_000 }, (_, i): [number, string] => [i, `mx${i}.example`]) }, 'mx0.example': { a: ['198.41.0.1'] } });
  const route = await mx.resolve('d.example');
  expect(route).toMatchObject({ kind: 'hosts', hosts: [{ host: 'mx0.example' }] });
  expect(dns.asked.filter((question) => question.startsWith('A ')).length).toBeLessThanOrEqual(6);
});

it('sec-A17 gives up a look-up that does not end, after 20 s', async () => {
  const { mx, scheduler } = setUp({}, { resolver: { ...new TableResolver({}), resolveMx: () => new Promise(() => undefined) } as unknown as DnsResolver });
  const route = mx.resolve('d.example');
  scheduler.advance(20_000);
  expect(await route).toMatchObject({ kind: 'deferred', reason: 'dns_timeout', reply: { code: 451, enhanced: '4.4.3' } });
});

describe('the cache', () => {
  it('keeps a route for its TTL, a refusal for a minute, a failure for seconds, and asks once for many', async () => {
    const { mx, dns, scheduler } = setUp({ 'd.example': { mx: [[1, 'm.example']] }, 'm.example': { a: ['198.41.0.1'], ttl: 30 }, 'bad.example': { mx: 'temporary' } });
    const asked = (name: string): number => dns.asked.filter((question) => question === `MX ${name}`).length;
    await Promise.all(Array.from({ length: 20 }, () => mx.resolve('d.example')));
    await Promise.all([mx.resolve('gone.example'), mx.resolve('bad.example')]);
    scheduler.advance(5_999);
    await Promise.all([mx.resolve('d.example'), mx.resolve('gone.example'), mx.resolve('bad.example')]);
    expect([asked('d.example'), asked('gone.example'), asked('bad.example')]).toEqual([1, 1, 1]);
    scheduler.advance(1);
    await mx.resolve('bad.example');
    scheduler.advance(24_000);
    await mx.resolve('d.example');
    scheduler.advance(30_000);
    await mx.resolve('gone.example');
    expect([asked('d.example'), asked('gone.example'), asked('bad.example')]).toEqual([2, 2, 2]);
  });

  it('never keeps a route longer than five minutes', async () => {
    const { mx, dns, scheduler } = setUp({ 'd.example': { a: ['198.41.0.1'], ttl: 1_000_000 } });
    await mx.resolve('d.example');
    scheduler.advance(300_000);
    await mx.resolve('d.example');
    expect(dns.asked.filter((question) => question === 'MX d.example')).toHaveLength(2);
  });
});

it('a site is its set of hosts, whatever their order and case', () => {
  expect(siteKey(['B.example.', 'a.example', 'b.example'])).toBe('a.example,b.example');
  const many = Array.from({ length: 50 }, (_, i) => `mx${i}.example`);
  expect(siteKey(many)).toBe(siteKey([...many].reverse()));
  expect(siteKey(many).length).toBeLessThan(200);
  expect(siteKey(many)).not.toBe(siteKey(many.slice(1)));
});

it.each([
  ['8.8.8.8', 'public'], ['2a00:1450::1', 'public'], ['127.8.9.1', 'loopback'], ['::1', 'loopback'], ['::ffff:127.0.0.1', 'loopback'], ['10.1.2.3', 'special'], ['172.31.0.1', 'special'], ['172.32.0.1', 'public'],
  ['169.254.169.254', 'special'], ['100.64.0.1', 'special'], ['0.0.0.0', 'special'], ['224.0.0.1', 'special'], ['255.255.255.255', 'special'], ['::ffff:7f00:1', 'special'], ['::7f00:1', 'special'],
  ['64:ff9b::7f00:1', 'special'], ['fe80::1', 'special'], ['fd12::1', 'special'], ['2002:7f00:1::', 'special'], ['not an address', 'special'],
])('%s is %s', (ip, space) => {
  expect(addressSpace(ip)).toBe(space);
});
