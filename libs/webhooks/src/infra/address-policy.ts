import { BlockList, isIP } from 'node:net';
import { isLoopback, type AddressPolicy } from '../domain/webhook-url.js';

// Everything that is not plain global unicast (RFC 6890 and the IANA special-purpose registries), and every form that hides an IPv4
// address in an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo.
const V4 = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'];
// Outside 2000::/3 no IPv6 address is global unicast, so these are the exceptions within it.
const V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Settings of an {@link IpPolicy}. */
export interface IpPolicyOptions {
  /** `WEBHOOKS_ALLOW_LOOPBACK`: 127.0.0.0/8 and ::1 may be posted to (the embedded default). */
  readonly allowLoopback: boolean;
  /** Our own hosts: further addresses or networks (`192.0.2.7`, `2001:db8::/48`) that may never be posted to. */
  readonly deny?: readonly string[];
}

/** Which addresses a webhook may be posted to. Unicast of the Internet only; outside 2000::/3 no IPv6 address is. */
export class IpPolicy implements AddressPolicy {
  readonly loopback: boolean;
  private readonly list = new BlockList();

  constructor({ allowLoopback, deny = [] }: IpPolicyOptions) {
    this.loopback = allowLoopback;
    for (const entry of [...V4, ...V6, ...deny]) {
      const [network = '', prefix] = entry.split('/');
      const family = this.family(network);
      if (family === 0) throw new Error('A denied network is neither an address nor address/length');
      if (prefix === undefined) this.list.addAddress(network, `ipv${family}`);
      else this.list.addSubnet(network, Number(prefix), `ipv${family}`);
    }
  }

  family(host: string): 0 | 4 | 6 {
    return isIP(host) as 0 | 4 | 6;
  }

  allows(address: string): boolean {
    const family = this.family(address);
    if (family === 0 || address.includes('%')) return false;
    if (isLoopback(address)) return this.loopback;
    if (family === 6 && !/^[23]/.test(address)) return false;
    return !this.list.check(address, `ipv${family}`);
  }
}
