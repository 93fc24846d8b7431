import { hostname } from 'node:os';
import { MxResolver, nodeResolver, nodeSockets, RFC_TIMEOUTS, SmtpPool, systemScheduler, type DnsResolver } from '@nexoramail/mail';
import { AccountsServiceService, ScreeningServiceService, StandingsServiceService, SuppressionsServiceService, type AccountsService, type ScreeningService, type StandingsService, type SuppressionsService } from '@nexoramail/contracts';
import type { Database, Runtime } from '@nexoramail/platform';
import { AttemptDelivery } from '../application/deliver/attempt-delivery.js';
import { QueueChores } from '../application/deliver/chores.js';
import { DeliverLoop } from '../application/deliver/deliver-loop.js';
import { SiteBoard } from '../application/deliver/site-board.js';
import type { Transport } from '../application/ports/deliver-ports.js';
import { ClockJump } from '../domain/clock-jump.js';
import type { ContentParts } from './build-accept.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { PgSigningKeys } from './pg-signing-keys.js';
import { SignedMessageBuilder } from './message-builder.js';
import { MxTransport } from './mx-transport.js';
import { PgGates } from './pg-gates.js';
import { PgQueueStore } from './pg-queue-store.js';
import { PgSenderDomains } from './pg-sender-domains.js';
import { PgStandingReader } from './pg-standing-reader.js';
import type { PgSwitches } from './pg-switches.js';
import { RpcScreener } from './rpc-screener.js';
import { RpcSuppressor } from './rpc-suppressor.js';
import { SimulatedTransport } from './simulated-transport.js';
import { SmarthostTransport, type Smarthost } from './smarthost-transport.js';
import { VerpReturnPaths } from './verp-return-paths.js';

/** How mail leaves. */
export interface DeliverySettings {
  /** Our host name in EHLO and Received. */
  readonly hostName: string;
  /** `127.0.0.1:8053`; empty: the system's. */
  readonly dnsServers: readonly string[];
  readonly mxPort: number;
  /** The sandbox MX; never in production. */
  readonly allowLoopback: boolean;
  readonly smarthost: Smarthost | undefined;
  /** Certificates (PEM) trusted besides the well-known ones. */
  readonly extraCa: readonly string[];
}

/** Settings for a host that delivers to the Internet. */
export const INTERNET_DELIVERY: DeliverySettings = { hostName: hostname(), dnsServers: [], mxPort: 25, allowLoopback: false, smarthost: undefined, extraCa: [] };

/** The delivering half. */
export interface DeliverParts {
  readonly loop: DeliverLoop;
  readonly chores: QueueChores;
  readonly queue: PgQueueStore;
  readonly jump: ClockJump;
  readonly sites: SiteBoard;
}

/** Builds the delivering half on a database. */
/** Label of the key that seals DKIM keys. */
export const DKIM_KEY_LABEL = 'dispatch.dkim-key';

export function buildDeliver(runtime: Runtime, db: Database, content: ContentParts, switches: PgSwitches, settings: DeliverySettings): DeliverParts {
  const { rpc, clock, wall, monotonic, ids, random, keys, telemetry, logger, faults, wake } = runtime;
  const queue = new PgQueueStore({ db, clock, wall, monotonic, faults, wake });
  const gates = new PgGates(db, rpc.client<AccountsService>(AccountsServiceService), rpc.client<StandingsService>(StandingsServiceService));
  const standings = new PgStandingReader(db, gates, monotonic);
  const signingKeys = new PgSigningKeys(db, keys.derive(DKIM_KEY_LABEL), monotonic);
  const journal = new DeliveryMetrics(telemetry, logger, clock, monotonic);
  const sites = new SiteBoard(monotonic);
  const jump = new ClockJump(clock, monotonic);
  const pool = new SmtpPool({
    sockets: nodeSockets({ extraCa: settings.extraCa }), scheduler: systemScheduler, clock, monotonic, timeouts: RFC_TIMEOUTS, clientName: settings.hostName,
    limitFor: (key) => sites.connections(key), maxConnections: 1_000,
  });
  const attempts = new AttemptDelivery({
    clock, wall, monotonic, ids, random, standings, sites, journal,
    screener: new RpcScreener(rpc.client<ScreeningService>(ScreeningServiceService)),
    domains: new PgSenderDomains(db, monotonic),
    builder: new SignedMessageBuilder({ db, cipher: content.cipher, keys: signingKeys, wall, random, hostName: settings.hostName }),
    returnPaths: new VerpReturnPaths(keys, clock),
    live: liveTransport(runtime, settings, pool, sites),
    simulated: new SimulatedTransport(),
    suppressor: new RpcSuppressor(rpc.client<SuppressionsService>(SuppressionsServiceService), logger),
    point: (name) => faults.point(name),
  });
  const loop = new DeliverLoop({
    store: queue, attempts, sites, jump, clock, monotonic, journal, scheduler: systemScheduler,
    switches: { stopped: async () => (await switches.current()).deliveryStopped },
    closeTransport: (graceMs) => pool.close(graceMs),
  });
  return { loop, queue, jump, sites, chores: new QueueChores(queue, standings, jump, clock, ids, journal) };
}

function liveTransport({ random, monotonic }: Runtime, settings: DeliverySettings, pool: SmtpPool, sites: SiteBoard): Transport {
  const dns = nodeResolver({ servers: settings.dnsServers });
  if (settings.smarthost) return new SmarthostTransport(settings.smarthost, (host) => addressesOf(dns, host), pool, sites);
  const resolver = new MxResolver({ resolver: dns, random, monotonic, scheduler: systemScheduler, allowLoopback: settings.allowLoopback });
  return new MxTransport(resolver, pool, sites, settings.mxPort);
}

async function addressesOf(dns: DnsResolver, host: string): Promise<string[]> {
  if (/^[\d.]+$|:/.test(host)) return [host];
  const answers = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.map(({ address }) => address) : []));
}
