import { createServer, type Server } from 'node:net';
import type { Clock } from '@nexoramail/kernel';
import type { Scheduler } from '@nexoramail/mail';
import type { SandboxCertificates } from './certificates.js';
import type { Counters } from './counters.js';
import type { DnsZone } from './dns-zone.js';
import type { MailboxRules } from './mailbox-rules.js';
import type { Delivery, SinkContext } from './sink-context.js';
import type { Script } from './script.js';
import { domainOf } from './smtp-path.js';
import { SmtpSession } from './smtp-session.js';
import type { MessageStore, StoredMessage } from './store.js';
import { subjectOf } from './subject.js';

/** The sink's parts. */
export interface SinkOptions {
  readonly store: MessageStore;
  readonly rules: MailboxRules;
  readonly script: Script;
  readonly zone: DnsZone;
  readonly counters: Counters;
  readonly certificates: SandboxCertificates;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The local address at which every greeting is 421. */
  readonly refuseAddress: string;
  /** Called after a message to `dsn@` or `complaint@` was stored. */
  readonly report: (kind: 'dsn' | 'complaint', message: StoredMessage, recipient: string) => void;
  /** SIZE, default 50 MiB. */
  readonly maxOctets?: number;
  /** Default 5 minutes. */
  readonly idleMs?: number;
}

/** The sandbox's SMTP server: one port, any number of loopback addresses. */
export class SmtpSink {
  private readonly servers = new Map<string, Server>();
  private readonly sessions = new Set<{ destroy(): void }>();
  private sessionCount = 0;
  private messageCount = 0;

  private readonly context: SinkContext;

  constructor(private readonly options: SinkOptions) {
    this.context = this.makeContext();
  }

  /** Listens at one more address and gives the port; an address listened at already is left alone. */
  async listen(host: string, port: number): Promise<number> {
    const known = this.servers.get(host)?.address();
    if (known !== undefined && known !== null && typeof known === 'object') return known.port;
    const server = createServer((socket) => void this.sessions.add(new SmtpSession(socket, (this.sessionCount += 1), this.context)));
    await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, host, resolve));
    server.removeAllListeners('error').on('error', () => undefined); // out of descriptors: the client sees it, the others go on
    this.servers.set(host, server);
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : port;
  }

  /** Ends all sessions and listens no more. */
  async close(): Promise<void> {
    const servers = [...this.servers.values()];
    this.servers.clear();
    const closed = servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
    for (const session of this.sessions) session.destroy();
    await Promise.all(closed);
  }

  private makeContext(): SinkContext {
    const { script, rules, zone, counters, certificates, scheduler, refuseAddress, maxOctets = 50 * 1024 * 1024, idleMs = 300_000 } = this.options;
    return {
      script, rules, zone, counters, certificates, scheduler, maxOctets, idleMs,
      refuses: (localAddress) => localAddress === refuseAddress,
      mxHostsOf: (addresses) => (script.rules.length === 0 ? [] : addresses.flatMap((address) => zone.mxHostsOf(domainOf(address)))),
      deliver: (delivery) => this.deliver(delivery),
      sessionClosed: (session) => void this.sessions.delete(session),
    };
  }

  private deliver({ from, recipients, raw, tls, session }: Delivery): string {
    const { store, rules, clock, report } = this.options;
    const own = raw.length * 2 < raw.buffer.byteLength ? Buffer.from(raw) : raw; // a short message must not keep a large read alive
    const message: StoredMessage = {
      id: `sbx_${(this.messageCount += 1).toString(36).padStart(7, '0')}`,
      envelopeFrom: from,
      envelopeTo: recipients.map(({ address }) => address),
      subject: subjectOf(own),
      receivedAt: clock.now(),
      tls,
      session,
      raw: own,
    };
    store.add(message);
    for (const { address, verdict } of recipients) {
      if (verdict.cut === 'keep') rules.cut(address);
      if (verdict.report !== undefined) report(verdict.report, message, address);
    }
    return message.id;
  }
}
