import type { Peer } from './open.js';

/** Where a message goes: the hosts of one MX site, or a smarthost. */
export interface Route {
  /** Site key: messages with the same key share connections and a limit, whatever their domains. */
  readonly key: string;
  /** Local address to send from; accounts with own addresses never share connections. */
  readonly localAddress?: string;
  /** Addresses to try, in order. */
  readonly hosts: readonly { readonly host: string; readonly ip: string }[];
  readonly port: number;
  readonly implicitTls?: boolean;
  readonly credentials?: Peer['credentials'];
}
