import { Resolver } from 'node:dns/promises';
import type { DnsLookup } from '../application/ports/dns-lookup.js';
import type { DnsAnswer } from '../domain/check-record.js';

/** How names are looked up. */
export interface DnsOptions {
  /** `host` or `host:port` each; empty: the system's name servers. */
  readonly servers: readonly string[];
  /** Milliseconds for one try; two tries. */
  readonly timeoutMs?: number;
  /** Milliseconds for a whole answer, CNAME chains and TCP included. */
  readonly deadlineMs?: number;
}

const MISSING = new Set(['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA']);
const REASONS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no answer in time', ECANCELLED: 'no answer in time', ESERVFAIL: 'server failure', EREFUSED: 'refused', EFORMERR: 'malformed', EBADRESP: 'malformed', ECONNREFUSED: 'unreachable', ENOTIMP: 'not implemented',
};

/** Looks names up over the network by c-ares (`Resolver`), never by the system's blocking resolver (`flows.md` §8), within 5 s. */
export class NodeDnsLookup implements DnsLookup {
  constructor(private readonly options: DnsOptions) {}

  txt(host: string): Promise<DnsAnswer> {
    return this.ask(async (resolver) => (await resolver.resolveTxt(host)).map((strings) => strings.join('')));
  }

  cname(host: string): Promise<DnsAnswer> {
    return this.ask((resolver) => resolver.resolveCname(host));
  }

  private async ask(question: (resolver: Resolver) => Promise<string[]>): Promise<DnsAnswer> {
    const { servers, timeoutMs = 2_000, deadlineMs = 5_000 } = this.options;
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers.length > 0) resolver.setServers([...servers]);
    const deadline = setTimeout(() => resolver.cancel(), deadlineMs);
    try {
      const values = await question(resolver);
      return values.length === 0 ? { kind: 'missing' } : { kind: 'found', values };
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
      return MISSING.has(code) ? { kind: 'missing' } : { kind: 'failed', reason: REASONS[code] ?? 'failure' };
    } finally {
      clearTimeout(deadline);
    }
  }
}
