import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database, SchemaUpkeep, systemTimers, type PartitionedTable, type Runtime } from '@nexoramail/platform';
import { FeedWatch } from '../application/feed-watch.js';
import { GetMessages } from '../application/get-messages.js';
import { IngestEvents } from '../application/ingest-events.js';
import { ListAttempts } from '../application/list-attempts.js';
import { ListEvents } from '../application/list-events.js';
import { ListMessageEvents } from '../application/list-message-events.js';
import { ListMessages } from '../application/list-messages.js';
import { RetentionBound } from '../application/retention-bound.js';
import { FeedController } from './feed.controller.js';
import { MessageViewsController } from './message-views.controller.js';
import { PgFeedReader } from './pg-feed-reader.js';
import { PgViewReader } from './pg-view-reader.js';
import { openPrisma } from './prisma/prisma-client.js';
import { PrismaAttemptReader } from './prisma-attempt-reader.js';
import { PublicHttp, type PublicHttpOptions } from './public-http.js';
import { MAX_RETENTION_DAYS, RetentionCopy } from './retention-copy.js';
import { trackingConsumer } from './tracking.consumer.js';

const SCHEMA = 'tracking';

/** Settings of the tracking context. */
export interface TrackingConfig {
  /** The listener of tracking hosts. */
  readonly http: PublicHttpOptions;
}

/** Partitioned tables: events and attempts by day, views by week, as long as the longest plan keeps them. */
const TRACKING_TABLES: readonly PartitionedTable[] = [
  { name: 'event', column: 'day', retentionDays: MAX_RETENTION_DAYS },
  { name: 'attempt', column: 'day', retentionDays: MAX_RETENTION_DAYS },
  { name: 'message_view', column: 'day', days: 7, retentionDays: MAX_RETENTION_DAYS },
  { name: 'recipient_view', column: 'day', days: 7, retentionDays: MAX_RETENTION_DAYS },
  { name: 'message_label', column: 'day', days: 7, retentionDays: MAX_RETENTION_DAYS },
];

/** The parts of the context that run, started and stopped in order. */
export class TrackingService implements OnModuleInit, OnApplicationShutdown {
  readonly db: Database;
  readonly watch: FeedWatch;
  readonly listEvents: ListEvents;
  readonly listMessageEvents: ListMessageEvents;
  readonly listMessages: ListMessages;
  readonly getMessages: GetMessages;
  readonly listAttempts: ListAttempts;
  readonly http: PublicHttp;
  private readonly prisma;
  private readonly consumer;
  private readonly upkeep: SchemaUpkeep;

  constructor(runtime: Runtime, config: TrackingConfig) {
    const { bus, clock, monotonic } = runtime;
    const logger = runtime.logger.child({ context: SCHEMA });
    const url = runtime.databaseUrl(SCHEMA);
    this.db = Database.open({ url, schema: SCHEMA, max: 5 });
    this.prisma = openPrisma(url);
    const feed = new PgFeedReader(this.db);
    const views = new PgViewReader(this.db);
    const bound = new RetentionBound(new RetentionCopy(this.db, runtime.rpc, monotonic, logger), clock);
    this.watch = new FeedWatch(feed, systemTimers);
    this.listEvents = new ListEvents(feed, bound, this.watch, monotonic);
    this.listMessageEvents = new ListMessageEvents(feed, bound);
    this.listMessages = new ListMessages(views, bound);
    this.getMessages = new GetMessages(views, bound);
    this.listAttempts = new ListAttempts(new PrismaAttemptReader(this.prisma), bound);
    this.consumer = trackingConsumer({ db: this.db, bus, clock, logger, ingest: new IngestEvents(), watch: this.watch, faults: runtime.faults, telemetry: runtime.telemetry });
    this.upkeep = new SchemaUpkeep(runtime, { db: this.db, tables: TRACKING_TABLES });
    this.http = new PublicHttp(config.http);
  }

  async onModuleInit(): Promise<void> {
    await this.upkeep.prepare();
    await this.consumer.start();
    this.upkeep.start();
    await this.http.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.watch.close();
    await this.http.close();
    await this.consumer.stop();
    await this.upkeep.stop();
    await this.prisma.$disconnect();
    await this.db.close();
  }
}

/** The context's Nest module. Controllers take use cases, which know nothing of Nest. */
@Module({})
export class TrackingModule {
  static register(runtime: Runtime, config: TrackingConfig): DynamicModule {
    const part = <T>(token: abstract new (...args: never[]) => T, of: (service: TrackingService) => T) => ({ provide: token, useFactory: of, inject: [TrackingService] });
    return {
      module: TrackingModule,
      controllers: [FeedController, MessageViewsController],
      providers: [
        { provide: TrackingService, useFactory: () => new TrackingService(runtime, config) },
        part(ListEvents, (service) => service.listEvents),
        part(ListMessageEvents, (service) => service.listMessageEvents),
        part(ListMessages, (service) => service.listMessages),
        part(GetMessages, (service) => service.getMessages),
        part(ListAttempts, (service) => service.listAttempts),
      ],
    };
  }
}
