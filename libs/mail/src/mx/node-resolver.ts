import { Resolver } from 'node:dns/promises';
import { DnsError, type DnsFault, type DnsResolver } from './resolver.js';

/** Settings of {@link nodeResolver}. */
export interface NodeResolverOptions {
  /** `127.0.0.1:8053`, `[::1]:53`; the system's servers when left out or empty. */
  readonly servers?: readonly string[];
  /** For one question to one server, default 3,000. */
  readonly timeoutMs?: number;
  /** Default 2. */
  readonly tries?: number;
}

const FAULTS: Readonly<Record<string, DnsFault>> = { ENOTFOUND: 'not_found', ENODATA: 'no_data', EBADNAME: 'not_found' };

/** DNS by c-ares over UDP and TCP. Never `lookup`, which blocks the thread pool and reads the hosts file. */
export function nodeResolver({ servers = [], timeoutMs = 3_000, tries = 2 }: NodeResolverOptions = {}): DnsResolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  if (servers.length > 0) resolver.setServers(servers);
  const ask = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN';
      throw new DnsError(FAULTS[code] ?? 'temporary', code);
    }
  };
  return {
    resolveMx: async (name) => (await ask(resolver.resolveMx(name))).map(({ exchange, priority }) => ({ exchange, priority })),
    resolve4: (name) => ask(resolver.resolve4(name, { ttl: true })),
    resolve6: (name) => ask(resolver.resolve6(name, { ttl: true })),
    resolveTxt: (name) => ask(resolver.resolveTxt(name)),
    resolveCname: (name) => ask(resolver.resolveCname(name)),
  };
}
