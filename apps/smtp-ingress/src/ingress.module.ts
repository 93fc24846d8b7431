import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { IdentityServiceService, SubmissionServiceService, type IdentityService, type SubmissionService } from '@nexoramail/contracts';
import { InFlightKeys, KeyPrincipals, Submitter, systemTimers, type Runtime, type Timers } from '@nexoramail/platform';
import { AuthBackOff } from './auth-back-off.js';
import { AuthSubjects } from './auth-subjects.js';
import { loadTls } from './certificates.js';
import type { IngressConfig } from './config.js';
import { GuardedConnection } from './guarded-connection.js';
import { GuardedServer } from './guarded-server.js';
import { SESSION_LIMITS, type SessionLimits } from './limits.js';
import { MessageRate } from './message-rate.js';
import { SourceConnections } from './source-connections.js';
import { SubmissionDoor } from './submission-door.js';

const RUNTIME = Symbol('runtime');
const CONFIG = Symbol('config');
const TIME = Symbol('time');
/** A transaction under way at a stop has this long to end. */
const DRAIN_MS = 8_000;

/** Time and limits of sessions; specs bring their own. */
export interface SessionTime {
  readonly timers?: Timers;
  readonly limits?: Partial<SessionLimits>;
}

/** Where the door is open. */
export interface IngressAddresses {
  readonly submissionPort: number;
  readonly tlsPort: number;
  readonly caFile: string;
}

/** The two submission listeners over one door. */
@Injectable()
export class SubmissionListeners implements BeforeApplicationShutdown {
  private servers: GuardedServer[] = [];

  constructor(@Inject(RUNTIME) private readonly runtime: Runtime, @Inject(CONFIG) private readonly config: IngressConfig, @Inject(TIME) private readonly time: SessionTime) {}

  /** Sessions that are open and not in their last reply. */
  get sessions(): GuardedConnection[] {
    return this.servers.flatMap((server) => [...server.connections]).filter((connection) => connection instanceof GuardedConnection);
  }

  /** Opens both ports. */
  async listen(): Promise<IngressAddresses> {
    const { runtime, config } = this;
    const { cert, key, caFile } = loadTls(runtime, config);
    const { monotonic } = runtime;
    const limits: SessionLimits = { ...SESSION_LIMITS, ...this.time.limits };
    const timers = this.time.timers ?? systemTimers;
    const sources = new SourceConnections(config.maxSessionsPerSource, config.maxSessions);
    const door = new SubmissionDoor({
      principals: new KeyPrincipals(runtime.rpc.client<IdentityService>(IdentityServiceService), runtime.keys.derive('api-key'), monotonic),
      submitter: new Submitter(runtime.rpc.client<SubmissionService>(SubmissionServiceService), runtime.env === 'cluster'),
      inFlight: new InFlightKeys(),
      backOff: new AuthBackOff(monotonic, limits), subjects: new AuthSubjects(runtime.random), rate: new MessageRate(monotonic, config.messagesPerSecond), limits,
      clock: runtime.clock, ids: runtime.ids, faults: runtime.faults, logger: runtime.logger.child({ part: 'smtp-ingress' }),
      counters: {
        messages: runtime.telemetry.counter('nexora_smtp_messages_total', 'Messages accepted by SMTP'),
        refusals: runtime.telemetry.counter('nexora_smtp_refusals_total', 'Replies of 4xx and 5xx', ['code', 'enhanced']),
        failures: runtime.telemetry.counter('nexora_smtp_connection_failures_total', 'Connections that failed, such as TLS below 1.3', ['code']),
      },
    });
    const open = async (implicitTls: boolean, port: number): Promise<number> => {
      const server = new GuardedServer({ name: config.name, cert, key, implicitTls, door, limits, timers, monotonic, sources });
      await new Promise<void>((resolve, reject) => {
        server.server.once('error', reject);
        server.listen(port, config.host, () => resolve());
      });
      this.servers.push(server);
      return (server.server.address() as AddressInfo).port;
    };
    return { submissionPort: await open(false, config.submissionPort), tlsPort: await open(true, config.tlsPort), caFile };
  }

  /** No new session; transactions under way may end, then everybody gets 421. */
  async beforeApplicationShutdown(): Promise<void> {
    const { servers } = this;
    this.servers = [];
    for (const server of servers) server.server.close();
    const busy = (): boolean => servers.some((server) => [...server.connections].some((connection) => connection instanceof GuardedConnection && connection.inTransaction));
    for (const end = this.runtime.monotonic.now() + DRAIN_MS; busy() && this.runtime.monotonic.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const server of servers) {
      for (const connection of server.connections) if (connection instanceof GuardedConnection) connection.fatal(421, '4.3.2 the server stops, try again');
    }
    // The last reply is written; nobody has to wait for clients that do not hang up.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const server of servers) for (const socket of [...[...server.connections].map(({ _socket }) => _socket), ...server._pendingSockets.values()]) socket.destroy();
  }
}

/** Nest module of the SMTP door. */
@Module({})
export class IngressModule {
  static register(runtime: Runtime, config: IngressConfig, time: SessionTime): DynamicModule {
    return { module: IngressModule, providers: [{ provide: RUNTIME, useValue: runtime }, { provide: CONFIG, useValue: config }, { provide: TIME, useValue: time }, SubmissionListeners] };
  }
}
