import { domainToASCII } from 'node:url';

/** Record types that can be published, and four that script a fault for a name. */
export const ZONE_TYPES = ['MX', 'A', 'AAAA', 'TXT', 'CNAME', 'NS', 'NXDOMAIN', 'SERVFAIL', 'TIMEOUT', 'DELAY'] as const;
/** One of {@link ZONE_TYPES}. `DELAY` holds milliseconds, the other faults hold no value. */
export type ZoneType = (typeof ZONE_TYPES)[number];

/** One record set: `MX` values are `10 mx.example`, `TXT` values whole texts of any length. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: ZoneType;
  readonly values: readonly string[];
  /** Seconds, default 5. */
  readonly ttl?: number;
}

/** An answer to one question, before it is put on the wire. */
export interface ZoneAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'TIMEOUT';
  readonly records: readonly Required<ZoneRecord>[];
  readonly delayMs: number;
}

/** Addresses that the built-in part of the zone points to. */
export interface ZoneHosts {
  /** Where every MX host lives that nobody published. */
  readonly address: string;
  /** Where the MX host of `refuse.sandbox.test` lives. */
  readonly refuseAddress: string;
}

const DEFAULT_TTL_S = 5;
const MAX_NAMES = 20_000;
const REFUSE_HOST = 'mx.refuse.sandbox.test';
const FAULTS = ['NXDOMAIN', 'SERVFAIL', 'TIMEOUT'] as const;

/** The name in lower-case A-labels without the last dot, or undefined when it is no DNS name. */
export function zoneName(name: string): string | undefined {
  const bare = name.toLowerCase().replace(/\.$/, '');
  const ascii = /^[\x21-\x7e]*$/.test(bare) ? bare : domainToASCII(bare);
  if (ascii.length === 0 || ascii.length > 253) return undefined;
  return ascii.split('.').every((label) => label.length > 0 && label.length <= 63) ? ascii : undefined;
}

/** The MX host a domain gets when nobody published one. */
const defaultMxHost = (domain: string): string => (domain.length > 250 ? 'mx.sandbox.test' : `mx.${domain}`);

/**
 * The DNS of the sandbox Internet. Every domain has one MX host of its own, `mx.<domain>`, on loopback, so each is a
 * site of its own; what is published takes that place. Names under `.invalid` do not exist, names with a `_label` exist
 * only when published, `nullmx.sandbox.test` has a null MX (RFC 7505).
 */
export class DnsZone {
  private readonly names = new Map<string, Map<ZoneType, Required<ZoneRecord>>>();
  private serialNumber = 1;

  constructor(private readonly hosts: ZoneHosts) {}

  /** Grows with every change. */
  get serial(): number {
    return this.serialNumber;
  }

  /** Publishes a record set in the place of the one before. Empty `values` publish that there is no such record. */
  put(record: ZoneRecord): void {
    const name = zoneName(record.name);
    if (name === undefined) throw new RangeError(`not a DNS name: ${record.name.slice(0, 80)}`);
    const types = this.names.get(name) ?? new Map<ZoneType, Required<ZoneRecord>>();
    if (this.names.size >= MAX_NAMES && !this.names.has(name)) throw new RangeError(`the zone holds at most ${MAX_NAMES} names`);
    types.set(record.type, { name, type: record.type, values: [...record.values], ttl: record.ttl ?? DEFAULT_TTL_S });
    this.names.set(name, types);
    this.serialNumber += 1;
  }

  /** Takes back what was published: all, all of a name, or one type of it. True when there was something. */
  remove(name?: string, type?: ZoneType): boolean {
    this.serialNumber += 1;
    if (name === undefined) {
      const had = this.names.size > 0;
      this.names.clear();
      return had;
    }
    const key = zoneName(name) ?? '';
    const types = this.names.get(key);
    if (type === undefined || types === undefined) return this.names.delete(key);
    const had = types.delete(type);
    if (types.size === 0) this.names.delete(key);
    return had;
  }

  /** All that is published. */
  published(): Required<ZoneRecord>[] {
    return [...this.names.values()].flatMap((types) => [...types.values()]);
  }

  /** Answers one question; CNAMEs are followed inside the zone, at most 8 of them. */
  lookup(question: string, type: string): ZoneAnswer {
    const records: Required<ZoneRecord>[] = [];
    let delayMs = 0;
    let name = zoneName(question) ?? '';
    for (let hops = 0; hops <= 8; hops += 1) {
      const types = this.typesOf(name);
      delayMs += Number(types?.get('DELAY')?.values[0] ?? 0);
      const fault = FAULTS.find((one) => types?.has(one));
      if (fault !== undefined) return { rcode: fault, records: [], delayMs };
      const alias = types?.get('CNAME');
      if (alias !== undefined && alias.values.length > 0 && type !== 'CNAME') {
        records.push({ ...alias, name });
        name = zoneName(alias.values[0] ?? '') ?? '';
        continue;
      }
      const found = this.recordsOf(name, type, types);
      records.push(...found.filter((record) => record.values.length > 0));
      return { rcode: records.length === 0 && !this.exists(name, types) ? 'NXDOMAIN' : 'NOERROR', records, delayMs };
    }
    return { rcode: 'NOERROR', records, delayMs };
  }

  /** The MX hosts of a domain, as a client would find them. */
  mxHostsOf(domain: string): string[] {
    return this.lookup(domain, 'MX').records.filter(({ type }) => type === 'MX').flatMap(({ values }) => values.map((value) => mxValue(value).exchange));
  }

  /** The host names published for an address, and the built-in one of the refusing host. */
  hostsAt(address: string): string[] {
    const family = address.includes(':') ? 'AAAA' : 'A';
    const hosts = [...this.names].filter(([, types]) => types.get(family)?.values.includes(address)).map(([name]) => name);
    return address === this.hosts.refuseAddress ? [...hosts, REFUSE_HOST] : hosts;
  }

  /** Loopback addresses that somebody published: the SMTP server listens there too. */
  loopbackAddresses(): string[] {
    return [...new Set(this.published().filter(({ type }) => type === 'A').flatMap(({ values }) => values.filter((value) => value.startsWith('127.'))))];
  }

  private typesOf(name: string): Map<ZoneType, Required<ZoneRecord>> | undefined {
    const exact = this.names.get(name);
    if (exact !== undefined) return exact;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const parent = name.slice(dot + 1);
      const wild = this.names.get(`*.${parent}`);
      if (wild !== undefined) return wild;
      if (this.names.has(parent)) return undefined; // a nearer name ends the search for a wildcard (RFC 4592)
    }
    return undefined;
  }

  private recordsOf(name: string, type: string, types: Map<ZoneType, Required<ZoneRecord>> | undefined): Required<ZoneRecord>[] {
    if (type === 'ANY') return types === undefined ? [] : [...types.values()].filter((record) => record.type !== 'DELAY').map((record) => ({ ...record, name }));
    const published = types?.get(type as ZoneType);
    if (published !== undefined) return [{ ...published, name }];
    const built = this.builtIn(name, type);
    return built === undefined ? [] : [{ name, type: type as ZoneType, values: [built], ttl: DEFAULT_TTL_S }];
  }

  private builtIn(name: string, type: string): string | undefined {
    if (hidden(name)) return undefined;
    if (type === 'MX') return name === 'nullmx.sandbox.test' ? '0 .' : `10 ${defaultMxHost(name)}`;
    if (!/^mx\d*\./.test(name)) return undefined;
    const address = name === REFUSE_HOST ? this.hosts.refuseAddress : this.hosts.address;
    return (type === 'AAAA') === address.includes(':') && (type === 'A' || type === 'AAAA') ? address : undefined;
  }

  private exists(name: string, types: Map<ZoneType, unknown> | undefined): boolean {
    if (types !== undefined || !hidden(name)) return true;
    for (const published of this.names.keys()) if (published.endsWith(`.${name}`)) return true;
    return false;
  }
}

/** Exists only when it is published. */
const hidden = (name: string): boolean => name === '' || name === 'invalid' || name.endsWith('.invalid') || /(^|\.)_/.test(name);

/** Preference and host of an MX value; `mx.example` alone has preference 10. */
export function mxValue(value: string): { preference: number; exchange: string } {
  const match = /^\s*(?:(\d{1,5})\s+)?(\S+)\s*$/.exec(value);
  const exchange = (match?.[2] ?? '').toLowerCase();
  return { preference: Math.min(Number(match?.[1] ?? 10), 65_535), exchange: exchange === '.' ? '.' : exchange.replace(/\.$/, '') };
}
