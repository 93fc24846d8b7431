import type { Route, SmtpPool } from '@nexoramail/mail';
import type { SiteBoard } from '../application/deliver/site-board.js';
import type { Envelope, Transport } from '../application/ports/deliver-ports.js';
import type { Outcome } from '../domain/outcome.js';
import { outcomeOf, outcomeWithoutConnection } from './smtp-outcome.js';

/** A relay that takes all our mail. */
export interface Smarthost {
  readonly host: string;
  readonly port: number;
  readonly implicitTls: boolean;
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** Delivers everything to one relay, over kept connections of one site. */
export class SmarthostTransport implements Transport {
  constructor(
    private readonly smarthost: Smarthost,
    /** Addresses of the relay; empty when DNS does not answer. */
    private readonly addressesOf: (host: string) => Promise<readonly string[]>,
    private readonly pool: SmtpPool,
    private readonly sites: SiteBoard,
  ) {}

  async deliver(envelope: Envelope, mime: Uint8Array, { beforeFinalDot, signal }: Parameters<Transport['deliver']>[2]): Promise<Outcome> {
    const { host, port, implicitTls, credentials } = this.smarthost;
    const hosts = await this.addressesOf(host);
    if (hosts.length === 0) return outcomeWithoutConnection({ code: 451, enhanced: '4.4.3', text: 'the smarthost has no address' }, false, `(look-up of ${host})`);
    const key = `smarthost ${host}:${port}`;
    this.sites.learn(envelope.lane, key);
    const route: Route = { key, hosts: hosts.map((ip) => ({ host, ip })), port, implicitTls, ...(credentials && { credentials }) };
    const message = {
      from: envelope.returnPath, to: envelope.recipient, content: mime, eightBit: envelope.eightBit, smtpUtf8: envelope.needsSmtpUtf8, requireTls: envelope.requireTls, beforeFinalDot,
    };
    if (!(await this.sites.enter(envelope.lane, signal))) return { kind: 'aborted' };
    try {
      return outcomeOf(await this.pool.send(route, message, signal));
    } finally {
      this.sites.leave(envelope.lane);
    }
  }
}
