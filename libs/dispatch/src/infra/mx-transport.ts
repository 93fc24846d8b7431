import type { MxResolver, SmtpPool } from '@nexoramail/mail';
import type { Envelope, Transport } from '../application/ports/deliver-ports.js';
import type { SiteBoard } from '../application/deliver/site-board.js';
import type { Outcome } from '../domain/outcome.js';
import { domainOf } from '../domain/submission.js';
import { outcomeOf, outcomeWithoutConnection } from './smtp-outcome.js';

/** Delivers to the recipient domain's own mail hosts. */
export class MxTransport implements Transport {
  constructor(private readonly resolver: MxResolver, private readonly pool: SmtpPool, private readonly sites: SiteBoard, private readonly port: number) {}

  async deliver(envelope: Envelope, mime: Uint8Array, { beforeFinalDot, signal }: Parameters<Transport['deliver']>[2]): Promise<Outcome> {
    const domain = domainOf(envelope.recipient);
    const route = await this.resolver.resolve(domain);
    if (route.kind !== 'hosts') return outcomeWithoutConnection(route.reply, route.kind === 'rejected', `(MX look-up of ${domain}: ${route.reason})`);
    this.sites.learn(envelope.lane, route.site);
    const message = {
      from: envelope.returnPath, to: envelope.recipient, content: mime, eightBit: envelope.eightBit, smtpUtf8: envelope.needsSmtpUtf8, requireTls: envelope.requireTls, beforeFinalDot,
    };
    if (!(await this.sites.enter(envelope.lane, signal))) return { kind: 'aborted' };
    try {
      return outcomeOf(await this.pool.send({ key: route.site, hosts: route.hosts, port: this.port }, message, signal));
    } finally {
      this.sites.leave(envelope.lane);
    }
  }
}
