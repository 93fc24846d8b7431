/** Why a look-up gave nothing. `not_found`: the name does not exist; `no_data`: it has no such record; `temporary`: ask again later. */
export type DnsFault = 'not_found' | 'no_data' | 'temporary';

/** A look-up without an answer. */
export class DnsError extends Error {
  override readonly name = 'DnsError';

  /** `code` is the resolver's own word, such as `ESERVFAIL`. */
  constructor(readonly fault: DnsFault, readonly code: string) {
    super(`DNS: ${fault} (${code})`);
  }
}

/** An address record. */
export interface AddressRecord {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number;
}

/** Questions to DNS. Every method rejects with {@link DnsError} when there is no answer, within the resolver's own time-outs. */
export interface DnsResolver {
  /** Exchange '' is the root: a null MX (RFC 7505). */
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  resolve4(name: string): Promise<readonly AddressRecord[]>;
  resolve6(name: string): Promise<readonly AddressRecord[]>;
  /** Each record in its strings of at most 255 octets. */
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  resolveCname(name: string): Promise<readonly string[]>;
}
