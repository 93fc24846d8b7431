import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom, type Clock, type Random } from '@nexoramail/kernel';
import { systemScheduler, type Scheduler } from '@nexoramail/mail';
import { SandboxCertificates } from './certificates.js';
import { Counters } from './counters.js';
import { DnsServer } from './dns-server.js';
import { DnsZone } from './dns-zone.js';
import { MailboxRules } from './mailbox-rules.js';
import { buildComplaint, buildDsn } from './reports.js';
import { sendReport, type ReportTarget } from './report-sender.js';
import { Script } from './script.js';
import { SmtpSink } from './smtp-sink.js';
import { MessageStore, type StoredMessage, type StoreLimits } from './store.js';
import { ViewerServer } from './viewer/server.js';

/** Settings of a sandbox. All ports default to free ones, all else to the system's. */
export interface SandboxOptions {
  readonly host?: string;
  readonly smtpPort?: number;
  readonly httpPort?: number;
  readonly dnsPort?: number;
  /** Business time: the grey list and the recorded times. */
  readonly clock?: Clock;
  /** Real time: latencies. */
  readonly scheduler?: Scheduler;
  readonly random?: Random;
  /** Where DSNs and complaints go; without it none is sent. */
  readonly reports?: ReportTarget;
  readonly limits?: StoreLimits;
  /** SIZE, default 50 MiB. */
  readonly maxMessageOctets?: number;
}

/** A running sandbox: the local Internet of mail. */
export interface Sandbox {
  readonly host: string;
  readonly smtpPort: number;
  readonly httpUrl: string;
  readonly dnsPort: number;
  readonly store: MessageStore;
  readonly zone: DnsZone;
  readonly script: Script;
  readonly rules: MailboxRules;
  readonly counters: Counters;
  /** Trust this to verify the certificate of every sandbox MX host. */
  readonly caPem: string;
  /** Opens listeners for loopback addresses that a script or a record of yours named; the HTTP API does it itself. */
  applyChanges(): Promise<void>;
  stop(): Promise<void>;
}

const REPORT_DELAY_MS = 100;
const REPORT_TRIES = 3;

/** Starts SMTP, DNS (UDP and TCP) and the viewer. Rejects, with nothing left running, when a port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', clock = systemClock, scheduler = systemScheduler, random = systemRandom } = options;
  const refuseAddress = host === '127.0.0.1' ? '127.0.0.2' : host === '127.0.0.2' ? '127.0.0.3' : '127.0.0.2';
  const store = new MessageStore(options.limits);
  const zone = new DnsZone({ address: host === '0.0.0.0' ? '127.0.0.1' : host, refuseAddress });
  const script = new Script(random);
  const rules = new MailboxRules(clock);
  const counters = new Counters();
  const certificates = new SandboxCertificates(random, systemClock);
  const pending = new Set<() => void>();

  const report = (kind: 'dsn' | 'complaint', message: StoredMessage, recipient: string): void => {
    const target = options.reports;
    const built = (kind === 'dsn' ? buildDsn : buildComplaint)({ message, recipient, at: clock.now(), token: randomUUID() });
    if (target === undefined || built === undefined) return counters.report('skipped');
    const attempt = (n: number): void => {
      const cancel = scheduler.after(n === 1 ? REPORT_DELAY_MS : 1_000 * n, () => {
        pending.delete(cancel);
        void sendReport(target, built, scheduler).then((outcome) => {
          if (outcome === 'refused' && n < REPORT_TRIES) attempt(n + 1);
          else counters.report(outcome);
        });
      });
      pending.add(cancel);
    };
    attempt(1);
  };

  const sink = new SmtpSink({
    store, rules, script, zone, counters, certificates, clock, scheduler, refuseAddress, report,
    ...(options.maxMessageOctets !== undefined && { maxOctets: options.maxMessageOctets }),
  });
  const dns = new DnsServer(zone, scheduler);
  let smtpPort = 0;
  const applyChanges = async (): Promise<void> => {
    givePrivateAddresses(zone, script);
    for (const address of zone.loopbackAddresses()) await sink.listen(address, smtpPort).catch(() => undefined); // a system with one loopback address only
  };
  const viewer = new ViewerServer({ store, zone, script, rules, counters, authorityPem: certificates.pem, changed: applyChanges });
  const stop = async (): Promise<void> => {
    for (const cancel of pending) cancel();
    await Promise.all([sink.close(), dns.close(), viewer.close()]);
  };
  try {
    smtpPort = await sink.listen(host, options.smtpPort ?? 0);
    await sink.listen(refuseAddress, smtpPort).catch(() => undefined); // then connecting to it fails, which defers as well
    const dnsPort = await dns.listen(options.dnsPort ?? 0, host);
    const httpPort = await viewer.listen(options.httpPort ?? 0, host);
    const httpUrl = `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${httpPort}`;
    return { host, smtpPort, httpUrl, dnsPort, store, zone, script, rules, counters, caPem: certificates.pem, applyChanges, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An MX host named in a script gets a loopback address of its own, by which the server knows it from the greeting on. */
function givePrivateAddresses(zone: DnsZone, script: Script): void {
  const named = new Set(script.rules.flatMap(({ mxHost }) => (mxHost === undefined ? [] : [mxHost])));
  for (const host of named) {
    if (zone.published().some(({ name, type }) => name === host && type === 'A') || host === 'mx.refuse.sandbox.test') continue;
    const taken = new Set(zone.loopbackAddresses());
    for (let n = 10; n < 60_000; n += 1) {
      const address = `127.0.${n >> 8}.${n & 255}`;
      if (taken.has(address)) continue;
      zone.put({ name: host, type: 'A', values: [address] });
      break;
    }
  }
}
