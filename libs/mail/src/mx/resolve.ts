import type { Monotonic, Random } from '@nexoramail/kernel';
import type { SmtpReply } from '../smtp/reply.js';
import type { Scheduler } from '../smtp-client/scheduler.js';
import { addressSpace } from './address-space.js';
import { DnsError, type AddressRecord, type DnsResolver } from './resolver.js';
import { siteKey } from './site.js';

/** One address of one mail host. */
export interface MailHost {
  readonly host: string;
  readonly ip: string;
  readonly preference: number;
}

/** Where a domain's mail goes, or why it cannot go. `reply` is in our own words, as if a server had said it. */
export type MxRoute =
  | { readonly kind: 'hosts'; readonly site: string; readonly hosts: readonly MailHost[] }
  | { readonly kind: 'rejected'; readonly reason: 'domain_not_found' | 'null_mx' | 'private_address'; readonly reply: SmtpReply }
  | { readonly kind: 'deferred'; readonly reason: 'dns_failure' | 'dns_timeout'; readonly reply: SmtpReply };

/** Parts and limits of {@link MxResolver}. */
export interface MxResolverOptions {
  readonly resolver: DnsResolver;
  readonly random: Random;
  readonly monotonic: Monotonic;
  readonly scheduler: Scheduler;
  /** Deliver to 127/8 and ::1 too: the sandbox MX. Private space stays refused. */
  readonly allowLoopback?: boolean;
  /** Default true. */
  readonly ipv6?: boolean;
  /** Longest that a route is kept, default 300,000. */
  readonly maxTtlMs?: number;
  /** For how long a refusal is kept, default 60,000; a temporary failure for a tenth of it. */
  readonly negativeTtlMs?: number;
  /** For one domain in all, default 20,000 (`sec-A17`: a worker is free within 30 s). */
  readonly deadlineMs?: number;
}

const MAX_RECORDS = 100;
const MAX_HOSTS = 6;
const MAX_ENTRIES = 20_000;

const refusal = (reason: 'domain_not_found' | 'null_mx' | 'private_address', code: number, enhanced: string, text: string): MxRoute => ({ kind: 'rejected', reason, reply: { code, enhanced, text } });
const failure = (reason: 'dns_failure' | 'dns_timeout', text: string): MxRoute => ({ kind: 'deferred', reason, reply: { code: 451, enhanced: '4.4.3', text } });

interface Found {
  readonly route: MxRoute;
  readonly ttlMs: number;
}

/**
 * Finds the mail hosts of a domain (RFC 5321 §5.1): MX by preference, in random order among equals, the domain's own
 * address only without MX; a null MX refuses (RFC 7505). It never rejects. Answers are cached on the monotonic clock
 * for the addresses' TTL at most; one domain is looked up once at a time.
 */
export class MxResolver {
  private readonly cache = new Map<string, { readonly route: MxRoute; readonly until: number }>();
  private readonly running = new Map<string, Promise<MxRoute>>();

  constructor(private readonly options: MxResolverOptions) {}

  async resolve(domain: string): Promise<MxRoute> {
    const name = domain.toLowerCase().replace(/\.$/, '');
    const known = this.cache.get(name);
    if (known !== undefined && known.until > this.options.monotonic.now()) return this.shuffled(known.route);
    const running = this.running.get(name) ?? this.lookUp(name);
    this.running.set(name, running);
    return this.shuffled(await running);
  }

  /** Forgets all cached routes. */
  clear(): void {
    this.cache.clear();
  }

  private async lookUp(name: string): Promise<MxRoute> {
    const { maxTtlMs = 300_000, monotonic } = this.options;
    try {
      const { route, ttlMs } = await this.withinDeadline(name);
      this.cache.delete(name);
      this.cache.set(name, { route, until: monotonic.now() + Math.min(ttlMs, maxTtlMs) });
      if (this.cache.size > MAX_ENTRIES) for (const oldest of this.cache.keys()) { this.cache.delete(oldest); break; }
      return route;
    } finally {
      this.running.delete(name);
    }
  }

  private async withinDeadline(name: string): Promise<Found> {
    const { deadlineMs = 20_000, negativeTtlMs = 60_000, scheduler } = this.options;
    let cancel = (): void => undefined;
    const late = new Promise<Found>((resolve) => {
      cancel = scheduler.after(deadlineMs, () => resolve({ route: failure('dns_timeout', 'the look-up of the mail hosts took too long'), ttlMs: negativeTtlMs / 10 }));
    });
    const found = await Promise.race([this.find(name), late]);
    cancel();
    return found;
  }

  private async find(name: string): Promise<Found> {
    const { negativeTtlMs = 60_000 } = this.options;
    const keep = (route: MxRoute): Found => ({ route, ttlMs: route.kind === 'deferred' ? negativeTtlMs / 10 : negativeTtlMs });
    if (!/^[^\s[\]@:]{1,253}$/.test(name)) return keep(refusal('domain_not_found', 550, '5.1.2', 'not a mail domain'));
    let exchanges: { host: string; preference: number }[];
    try {
      const records = [...await this.options.resolver.resolveMx(name)].sort((a, b) => a.priority - b.priority);
      const real = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
      if (records.length > 0 && real.length === 0) return keep(refusal('null_mx', 556, '5.1.10', 'the domain takes no mail (null MX)'));
      exchanges = real.slice(0, MAX_RECORDS).map(({ exchange, priority }) => ({ host: exchange.toLowerCase().replace(/\.$/, ''), preference: priority }));
    } catch (error) {
      const fault = error instanceof DnsError ? error.fault : 'temporary';
      if (fault === 'not_found') return keep(refusal('domain_not_found', 550, '5.1.2', 'the domain does not exist'));
      if (fault === 'temporary') return keep(failureOf(error));
      exchanges = [];
    }
    return this.addresses(exchanges.length === 0 ? [{ host: name, preference: 0 }] : exchanges, keep);
  }

  private async addresses(exchanges: readonly { host: string; preference: number }[], keep: (route: MxRoute) => Found): Promise<Found> {
    const unique = [...new Map(exchanges.map((one) => [one.host, one])).values()].sort((a, b) => a.preference - b.preference);
    const asked = shuffleEquals(unique, this.options.random).slice(0, MAX_HOSTS);
    const answers = await Promise.all(asked.map(async (one) => ({ ...one, ...(await this.addressesOf(one.host)) })));
    const hosts: MailHost[] = [];
    let refused = false;
    let ttlMs = Infinity;
    for (const { host, preference, records } of answers) {
      for (const { address, ttl } of records) {
        if (this.allowed(address)) hosts.push({ host, ip: address, preference });
        else refused = true;
        ttlMs = Math.min(ttlMs, ttl * 1_000);
      }
    }
    if (hosts.length > 0) return { route: { kind: 'hosts', site: siteKey(unique.map(({ host }) => host)), hosts }, ttlMs };
    const broken = answers.find(({ error }) => error !== undefined)?.error;
    if (broken !== undefined) return keep(failureOf(broken));
    if (refused) return keep(refusal('private_address', 550, '5.4.4', 'the mail hosts have no public address'));
    return keep(refusal('domain_not_found', 550, exchanges.length === 1 && exchanges[0]?.preference === 0 ? '5.1.2' : '5.4.4', 'the mail hosts have no address'));
  }

  private async addressesOf(host: string): Promise<{ records: AddressRecord[]; error?: unknown }> {
    const { resolver, ipv6 = true } = this.options;
    const asked = await Promise.allSettled([resolver.resolve4(host), ...(ipv6 ? [resolver.resolve6(host)] : [])]);
    const records = asked.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    const broken = asked.find((answer) => answer.status === 'rejected' && (!(answer.reason instanceof DnsError) || answer.reason.fault === 'temporary'));
    return { records, ...(records.length === 0 && broken?.status === 'rejected' && { error: broken.reason as unknown }) };
  }

  private allowed(ip: string): boolean {
    const space = addressSpace(ip);
    return space === 'public' || (space === 'loopback' && this.options.allowLoopback === true);
  }

  /** A new order among equal preferences for every message; addresses of one host stay together. */
  private shuffled(route: MxRoute): MxRoute {
    if (route.kind !== 'hosts' || route.hosts.length < 2) return route;
    const byHost = new Map<string, MailHost[]>();
    for (const host of route.hosts) byHost.set(host.host, [...(byHost.get(host.host) ?? []), host]);
    const groups = [...byHost].map(([host, addresses]) => ({ host, addresses, preference: addresses[0]?.preference ?? 0 }));
    return { ...route, hosts: shuffleEquals(groups, this.options.random).flatMap(({ addresses }) => addresses) };
  }
}

function shuffleEquals<T extends { readonly preference: number }>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, dice: random.fraction() })).sort((a, b) => a.item.preference - b.item.preference || a.dice - b.dice).map(({ item }) => item);
}

function failureOf(error: unknown): MxRoute {
  const code = error instanceof DnsError ? error.code : 'unknown';
  return code === 'ETIMEOUT' ? failure('dns_timeout', 'DNS did not answer') : failure('dns_failure', `DNS failed (${code})`);
}
