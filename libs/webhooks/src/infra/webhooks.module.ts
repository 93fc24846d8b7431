import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Coalescer, Database, SchemaUpkeep, systemTimers, UnitOfWork, type PartitionedTable, type Runtime } from '@nexoramail/platform';
import { CreateEndpoint } from '../application/create-endpoint.js';
import { DeleteEndpoint } from '../application/delete-endpoint.js';
import { EnableEndpoint } from '../application/enable-endpoint.js';
import { FanOut } from '../application/fan-out.js';
import { GetEndpoint } from '../application/get-endpoint.js';
import { Lanes, PAYLOAD_DAYS } from '../application/lanes.js';
import { ListEndpointAttempts } from '../application/list-endpoint-attempts.js';
import { ListEndpoints } from '../application/list-endpoints.js';
import type { PostOutcome } from '../application/ports.js';
import { RotateSecret } from '../application/rotate-secret.js';
import { TestEndpoint, type TestEvents } from '../application/test-endpoint.js';
import { UpdateEndpoint } from '../application/update-endpoint.js';
import { IpPolicy, type IpPolicyOptions } from './address-policy.js';
import { PgEndpointStore } from './endpoint-store.js';
import { EndpointsController } from './endpoints.controller.js';
import { HostResolver, systemLookup, type AddressLookup } from './host-resolver.js';
import { LimitsCopyReader } from './limits-copy.js';
import { PgDeliveryStore } from './pg-delivery-store.js';
import { PgFanOutStore } from './pg-fan-out-store.js';
import { PrismaAttemptReader } from './prisma-attempt-reader.js';
import { openPrisma } from './prisma/prisma-client.js';
import { WEBHOOKS_FACTS } from './publication.js';
import { SecretBox } from './secret-box.js';
import { UndiciPoster } from './undici-poster.js';
import { webhooksConsumer } from './webhooks.consumer.js';

const SCHEMA = 'webhooks';
const ATTEMPT_DAYS = 30;

/** Settings of the webhooks context. */
export interface WebhooksConfig extends IpPolicyOptions {
  /** Name servers in place of the system's (`127.0.0.1:8053`). */
  readonly dnsServers?: readonly string[];
  /** Real milliseconds of one post in all; 15,000 unless told. */
  readonly postTimeoutMs?: number;
  /** Trusted roots in PEM, in place of Node's own. */
  readonly ca?: string;
  /** In place of the DNS. */
  readonly lookup?: AddressLookup;
}

/** Partitioned tables: bodies past the last try with a margin, attempts for 30 days. */
const WEBHOOKS_TABLES: readonly PartitionedTable[] = [
  { name: 'payload', column: 'day', retentionDays: PAYLOAD_DAYS },
  { name: 'attempt', column: 'day', retentionDays: ATTEMPT_DAYS },
];

/** The parts of the context that run, started and stopped in order. */
export class WebhooksService implements OnModuleInit, OnApplicationShutdown {
  readonly db: Database;
  readonly lanes: Lanes;
  readonly store: PgEndpointStore;
  readonly create: CreateEndpoint;
  readonly update: UpdateEndpoint;
  readonly remove: DeleteEndpoint;
  readonly rotate: RotateSecret;
  readonly test: TestEndpoint;
  readonly enable: EnableEndpoint;
  readonly attempts: ListEndpointAttempts;
  private readonly prisma;
  private readonly poster: UndiciPoster;
  private readonly deliveries: PgDeliveryStore;
  private readonly finisher: Coalescer<PostOutcome, undefined>;
  private readonly consumer;
  private readonly upkeep: SchemaUpkeep;
  private unregister: (() => void) | undefined;

  constructor(private readonly runtime: Runtime, config: WebhooksConfig) {
    const { bus, clock, wall, monotonic, random, ids, wake, rpc, telemetry } = runtime;
    const logger = runtime.logger.child({ context: SCHEMA });
    const url = runtime.databaseUrl(SCHEMA);
    this.db = Database.open({ url, schema: SCHEMA, max: 5 });
    this.prisma = openPrisma(url);
    const box = new SecretBox(runtime.keys.derive('webhook-secret'));
    const policy = new IpPolicy(config);
    const resolver = new HostResolver(config.lookup ?? systemLookup(config.dnsServers), policy);
    this.poster = new UndiciPoster({ resolver, policy, monotonic, ...(config.postTimeoutMs !== undefined && { timeoutMs: config.postTimeoutMs }), ...(config.ca !== undefined && { ca: config.ca }) });
    const work = new UnitOfWork(this.db, wake, ids, WEBHOOKS_FACTS);
    const deliveries = (this.deliveries = new PgDeliveryStore(this.db, box, work));
    this.finisher = new Coalescer({ send: async (outcomes) => { await deliveries.finish(outcomes, clock.now()); return outcomes.map(() => undefined); }, minGapMs: 10, monotonic });
    const posts = telemetry.counter('webhooks_posts_total', 'Posts to webhook endpoints by result', ['result']);
    this.lanes = new Lanes({
      store: deliveries, poster: this.poster, finish: (outcome) => this.finisher.submit(outcome), clock, wall, random, ids, timers: systemTimers,
      fault: (point) => runtime.faults.point(point),
      onError: (error) => logger.warn({ err: error }, 'Webhook posts: a step failed and is repeated'),
      onPost: ({ kind, attempt }) => posts.add(1, { result: kind === 'succeeded' ? kind : attempt.error || `http_${Math.trunc(attempt.status / 100)}xx` }),
    });
    this.store = new PgEndpointStore(this.db, work, this.prisma, box);
    this.create = new CreateEndpoint(this.store, new LimitsCopyReader(this.db, rpc), resolver, clock, ids, random);
    this.update = new UpdateEndpoint(this.store, resolver);
    this.remove = new DeleteEndpoint(this.store, clock);
    this.rotate = new RotateSecret(this.store, clock, ids, random);
    this.enable = new EnableEndpoint(this.store, clock, () => this.lanes.wake());
    this.test = new TestEndpoint(this.store, this.testEvents(box), clock, ids, () => this.lanes.wake());
    this.attempts = new ListEndpointAttempts(this.store, new PrismaAttemptReader(this.prisma));
    this.consumer = webhooksConsumer({ db: this.db, bus, clock, logger, fanOut: new FanOut(), lanes: this.lanes, box, faults: runtime.faults });
    this.upkeep = new SchemaUpkeep(runtime, { db: this.db, tables: WEBHOOKS_TABLES });
  }

  async onModuleInit(): Promise<void> {
    await this.upkeep.prepare();
    // What a killed process had leased need not wait for the end of its leases where no other process can hold them.
    if (this.runtime.env === 'embedded') await this.deliveries.releaseAll();
    this.lanes.start();
    await this.consumer.start();
    this.upkeep.start();
    this.unregister = this.runtime.settle.register('webhooks', () => this.lanes.idle());
  }

  async onApplicationShutdown(): Promise<void> {
    this.unregister?.();
    await this.consumer.stop();
    await this.lanes.stop();
    await this.finisher.close();
    await this.poster.close();
    await this.upkeep.stop();
    await this.prisma.$disconnect();
    await this.db.close();
  }

  private testEvents(box: SecretBox): TestEvents {
    return {
      addFor: (endpointId, event, now) => this.db.transaction((tx) =>
        new PgFanOutStore(tx, box).add([{ event, endpoints: [{ id: endpointId, leased: false }] }], now, this.lanes.newLease())),
    };
  }
}

/** The context's Nest module. Controllers take use cases, which know nothing of Nest. */
@Module({})
export class WebhooksModule {
  static register(runtime: Runtime, config: WebhooksConfig): DynamicModule {
    const part = <T>(token: abstract new (...args: never[]) => T, of: (service: WebhooksService) => T) => ({ provide: token, useFactory: of, inject: [WebhooksService] });
    return {
      module: WebhooksModule,
      controllers: [EndpointsController],
      providers: [
        { provide: WebhooksService, useFactory: () => new WebhooksService(runtime, config) },
        part(CreateEndpoint, (service) => service.create),
        part(GetEndpoint, (service) => new GetEndpoint(service.store)),
        part(ListEndpoints, (service) => new ListEndpoints(service.store)),
        part(UpdateEndpoint, (service) => service.update),
        part(DeleteEndpoint, (service) => service.remove),
        part(RotateSecret, (service) => service.rotate),
        part(TestEndpoint, (service) => service.test),
        part(EnableEndpoint, (service) => service.enable),
        part(ListEndpointAttempts, (service) => service.attempts),
      ],
    };
  }
}
