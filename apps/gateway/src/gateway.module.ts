import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  AccountAdminServiceService, AccountsServiceService, ApiKeysServiceService, DomainsServiceService, EndpointsServiceService, FeedServiceService, IdentityServiceService, MessagesServiceService, MessageViewsServiceService,
  QueueAdminServiceService, StandingsServiceService, SubmissionServiceService, SuppressionsServiceService, type AccountAdminService, type AccountsService, type ApiKeysService, type DomainsService, type EndpointsService, type FeedService, type IdentityService,
  type MessagesService, type MessageViewsService, type QueueAdminService, type StandingsService, type SubmissionService, type SuppressionsService,
} from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { InFlightKeys, KeyPrincipals, Submitter, type Runtime } from '@nexoramail/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOfPrincipal, keyOfHeader } from './auth/api-key-auth.js';
import type { Caller } from './auth/caller.js';
import { RateLimit } from './auth/rate-limit.js';
import { SessionAuth, tokenOfCookies } from './auth/session-auth.js';
import type { GatewayConfig } from './config.js';
import type { Operation } from './http/operation.js';
import { createServer } from './http/server.js';
import { accountRoutes } from './routes/account.js';
import { batchRoutes } from './routes/batch.js';
import { addDashboard } from './routes/dashboard.js';
import { addDocs } from './routes/docs.js';
import { domainRoutes } from './routes/domains.js';
import { checkRoutes } from './routes/check.js';
import { emailContentRoutes } from './routes/email-content.js';
import { emailChangeRoutes } from './routes/email-changes.js';
import { emailRoutes } from './routes/emails.js';
import { eventRoutes } from './routes/events.js';
import { addSessionRoutes, headerOf } from './routes/session.js';
import { addStaffRoutes } from './routes/staff.js';
import { suppressionRoutes } from './routes/suppressions.js';
import { addTestClock, type TestClock } from './routes/test-clock.js';
import { webhookRoutes } from './routes/webhooks.js';
import { BatchSubmitter } from './send/batch-submitter.js';

/** What the gateway is given besides the runtime. */
export interface GatewayOptions {
  readonly config: GatewayConfig;
  /** Present when the test clock is enabled. */
  readonly testClock?: TestClock;
  /** Folder with the built dashboard; without it only the API is served. */
  readonly dashboardFolder?: string;
}

const RUNTIME = Symbol('runtime');
const OPTIONS = Symbol('options');

/** Every operation of the API, in the order of the reference. */
export function gatewayOperations(runtime: Runtime): Operation[] {
  const { rpc, clock, ids } = runtime;
  const accounts = rpc.client<AccountsService>(AccountsServiceService);
  const submission = rpc.client<SubmissionService>(SubmissionServiceService);
  const messages = rpc.client<MessagesService>(MessagesServiceService);
  const views = rpc.client<MessageViewsService>(MessageViewsServiceService);
  const inFlight = new InFlightKeys();
  return [
    ...emailRoutes({
      submitter: new Submitter(submission, runtime.env === 'cluster'),
      inFlight, messages, views, clock, ids,
      feed: rpc.client<FeedService>(FeedServiceService),
    }),
    ...batchRoutes({ submitter: new BatchSubmitter(submission), inFlight, clock, ids }),
    ...checkRoutes({ submission, clock, ids }),
    ...emailChangeRoutes({ messages, views }),
    ...emailContentRoutes({ messages, views }),
    ...eventRoutes(rpc.client<FeedService>(FeedServiceService)),
    ...domainRoutes(rpc.client<DomainsService>(DomainsServiceService)),
    ...suppressionRoutes(rpc.client<SuppressionsService>(SuppressionsServiceService)),
    ...webhookRoutes(rpc.client<EndpointsService>(EndpointsServiceService)),
    ...accountRoutes(accounts, rpc.client<ApiKeysService>(ApiKeysServiceService), rpc.client<StandingsService>(StandingsServiceService)),
  ];
}

/** The HTTP server with its life: listens in {@link GatewayServer.listen}, ends idle connections and finishes the others at shutdown. */
@Injectable()
export class GatewayServer implements OnApplicationShutdown {
  private readonly server: FastifyInstance;
  private url = '';

  constructor(@Inject(RUNTIME) private readonly runtime: Runtime, @Inject(OPTIONS) private readonly options: GatewayOptions) {
    const { config } = options;
    const identity = runtime.rpc.client<IdentityService>(IdentityServiceService);
    const keys = new KeyPrincipals(identity, runtime.keys.derive('api-key'), runtime.monotonic);
    const sessions = new SessionAuth(identity);
    const operations = gatewayOperations(runtime);
    const apiUrl = (): string => this.url;
    this.server = createServer({
      operations,
      callerOf: (request) => callerOf(request, keys, sessions, config.behindTlsProxy),
      rateLimit: new RateLimit(runtime.monotonic, config.rateLimitPerSecond, config.rateLimitPerSecond * 2),
      ids: runtime.ids, logger: runtime.logger, telemetry: runtime.telemetry, apiUrl,
    });
    addDocs(this.server, operations, apiUrl);
    addSessionRoutes(this.server, {
      identity, sessions, tls: config.behindTlsProxy, wall: runtime.wall, demoFolder: runtime.env === 'embedded' ? runtime.dataDir : undefined,
    });
    addStaffRoutes(this.server, {
      sessions, ids: runtime.ids, tls: config.behindTlsProxy,
      admin: runtime.rpc.client<AccountAdminService>(AccountAdminServiceService),
      standings: runtime.rpc.client<StandingsService>(StandingsServiceService),
      queues: runtime.rpc.client<QueueAdminService>(QueueAdminServiceService),
    });
    if (options.testClock) addTestClock(this.server, options.testClock);
  }

  /** Opens the port; answers the origin that customers use. */
  async listen(): Promise<string> {
    const { config, dashboardFolder } = this.options;
    if (dashboardFolder !== undefined) await addDashboard(this.server, dashboardFolder);
    await this.server.listen({ host: config.host, port: config.port });
    const address = this.server.server.address();
    const port = typeof address === 'object' && address ? address.port : config.port;
    const variable = this.runtime.variables['NEXORA_API_URL'];
    this.url = variable ?? `http://${config.host === '127.0.0.1' ? 'localhost' : config.host}:${port}`.replace('localhost', '127.0.0.1');
    return this.url;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}

async function callerOf(request: FastifyRequest, keys: KeyPrincipals, sessions: SessionAuth, tls: boolean): Promise<Caller> {
  if (/nxm_(live|test)_/.test(request.url)) throw new AppError('unauthorized', 'An API key must never be part of a URL: it ends up in logs. Send it as `Authorization: Bearer …`, and replace this key.');
  const token = tokenOfCookies(request.headers.cookie, tls);
  if ((request.headers.authorization ?? '') === '' && token !== undefined) {
    return sessions.caller({ token, method: request.method, mode: headerOf(request, 'x-nexora-mode'), csrf: headerOf(request, 'x-nexora-csrf'), origin: headerOf(request, 'origin'), host: request.headers.host });
  }
  return callerOfPrincipal(await keys.authenticate(keyOfHeader(request.headers.authorization)));
}

/** Nest module of the gateway. */
@Module({})
export class GatewayModule {
  static register(runtime: Runtime, options: GatewayOptions): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: RUNTIME, useValue: runtime }, { provide: OPTIONS, useValue: options }, GatewayServer] };
  }
}

/** Where `npm run build` puts the dashboard, seen from the gateway's own build. */
export const DASHBOARD_FOLDER = join(import.meta.dirname, '../../dashboard/dist');
