import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import type { TargetCheck } from '../application/ports.js';
import { forbiddenTarget, isLocalhost, parseWebhookUrl, type AddressPolicy } from '../domain/webhook-url.js';

/** Asks the DNS. */
export interface AddressLookup {
  resolve4(host: string): Promise<string[]>;
  resolve6(host: string): Promise<string[]>;
}

/** The system's name servers, or these; by queries of its own (no thread of the pool waits), twice, two seconds each. */
export function systemLookup(servers?: readonly string[]): AddressLookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (servers && servers.length > 0) resolver.setServers(servers);
  return resolver;
}

/** A host without an address that a webhook may be posted to; `code` tells why, as a post's `error`. */
export class HostError extends Error {
  override readonly name = 'HostError';

  constructor(readonly code: 'ETARGETFORBIDDEN' | 'ENOTFOUND' | 'EAI_AGAIN') {
    super(code);
  }
}

/** Resolves hosts to addresses that the policy allows: for the check of a URL, and for each connection. */
export class HostResolver implements TargetCheck {
  constructor(private readonly dns: AddressLookup, private readonly policy: AddressPolicy) {}

  async check(text: string): Promise<string> {
    const url = parseWebhookUrl(text, this.policy);
    if (this.policy.family(url.hostname.replace(/^\[|\]$/g, '')) === 0) {
      await this.addresses(url.hostname).catch((error: unknown) => {
        if (error instanceof HostError && error.code === 'ETARGETFORBIDDEN') throw forbiddenTarget();
      });
    }
    return url.href;
  }

  /** Allowed addresses of a name, IPv4 first. Throws {@link HostError}. */
  async addresses(host: string): Promise<{ address: string; family: 4 | 6 }[]> {
    if (isLocalhost(host)) {
      if (!this.policy.loopback) throw new HostError('ETARGETFORBIDDEN');
      return [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }];
    }
    const answers = await Promise.allSettled([this.dns.resolve4(host), this.dns.resolve6(host)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length === 0) {
      const known = answers.every((answer) => answer.status === 'fulfilled' || ['ENOTFOUND', 'ENODATA'].includes((answer.reason as { code?: string }).code ?? ''));
      throw new HostError(known ? 'ENOTFOUND' : 'EAI_AGAIN');
    }
    const allowed = found.filter((address) => this.policy.allows(address));
    if (allowed.length === 0) throw new HostError('ETARGETFORBIDDEN');
    return allowed.map((address) => ({ address, family: this.policy.family(address) === 6 ? 6 : 4 }));
  }

  /** For sockets: gives allowed addresses only, asked anew for each connection (rebinding, TTL 0). */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.addresses(host).then((found) => {
      const wanted = found.filter(({ family }) => options.family === undefined || options.family === 0 || options.family === family || options.family === `IPv${family}`);
      const [first] = wanted;
      if (first === undefined) callback(new HostError('ENOTFOUND'), '', 0);
      else if (options.all === true) callback(null, wanted);
      else callback(null, first.address, first.family);
    }, (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0));
  };
}
