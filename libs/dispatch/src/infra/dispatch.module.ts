import { Module, type DynamicModule, type FactoryProvider, type Type } from '@nestjs/common';
import { Database, type Runtime } from '@nexoramail/platform';
import { CheckSubmissions } from '../application/accept/check-submissions.js';
import { SubmitBatch } from '../application/accept/submit-batch.js';
import { SubmitMessages } from '../application/accept/submit-messages.js';
import { CancelMessages } from '../application/change/cancel-messages.js';
import { RescheduleMessage } from '../application/change/reschedule-message.js';
import { EnsureDkimKeys } from '../application/keys/ensure-dkim-keys.js';
import { GetContent } from '../application/read/get-content.js';
import { GetMessages } from '../application/read/get-messages.js';
import { buildAccept, buildContent } from './build-accept.js';
import { buildDeliver, DKIM_KEY_LABEL, INTERNET_DELIVERY, type DeliverySettings } from './build-deliver.js';
import { DeliveryService } from './delivery-service.js';
import { DispatchBackground } from './dispatch-background.js';
import { DkimKeysController } from './dkim-keys.controller.js';
import { MessagesController } from './messages.controller.js';
import { PartitionedDays } from './partitioned-days.js';
import { PgContentReader } from './pg-content-reader.js';
import { PgMessageChanges } from './pg-message-changes.js';
import { PgMessageReader } from './pg-message-reader.js';
import { PgQueueSummary } from './pg-queue-summary.js';
import { PgSwitches } from './pg-switches.js';
import { openPrisma } from './prisma/prisma-client.js';
import { PrismaDkimKeys } from './prisma-dkim-keys.js';
import { QueueAdminController } from './queue-admin.controller.js';
import { SubmissionController } from './submission.controller.js';

/** What the dispatch service is told beside its runtime. */
export interface DispatchConfig {
  /** `accept`: rpc, relay, jobs. `deliver`: the queue's worker alone. `all`: both in this process. */
  readonly role?: 'all' | 'accept' | 'deliver';
  readonly delivery?: DeliverySettings;
  /** Connections of the pool, 8 unless told. */
  readonly poolSize?: number;
}

/** The dispatch service as a Nest module. Its halves meet only in Postgres and in wake-ups. Its schema must have been migrated (`MIGRATIONS`). */
@Module({})
export class DispatchModule {
  static register(runtime: Runtime, { role = 'all', delivery = INTERNET_DELIVERY, poolSize = 8 }: DispatchConfig = {}): DynamicModule {
    const { clock, wall, monotonic, random, keys, ids, wake } = runtime;
    // The worker of a deliver process reads by the raw pool alone.
    const prisma = role === 'deliver' ? undefined : openPrisma(runtime.databaseUrl('mail'));
    const db = Database.open({ url: runtime.databaseUrl('mail'), schema: 'mail', max: poolSize });
    const content = buildContent(runtime, db);
    const switches = new PgSwitches(db, monotonic);
    const accept = role === 'deliver' ? undefined : buildAccept(runtime, db, content, switches);
    const deliveryService = role === 'accept' ? undefined : new DeliveryService(runtime, db, buildDeliver(runtime, db, content, switches, delivery));
    const background = provide(DispatchBackground, new DispatchBackground(runtime, { db, prisma, content, accept, delivery: deliveryService }));
    if (!accept || !prisma) return { module: DispatchModule, providers: [background] };
    const dkim = new PrismaDkimKeys(prisma, keys.derive(DKIM_KEY_LABEL), clock, random);
    const messages = new GetMessages(new PgMessageReader(db, content.cipher, wall));
    const changes = new PgMessageChanges(db, clock, wall, wake);
    return {
      module: DispatchModule,
      controllers: [SubmissionController, MessagesController, DkimKeysController, QueueAdminController],
      providers: [
        provide(SubmitMessages, accept.submit),
        provide(SubmitBatch, accept.batch),
        provide(CheckSubmissions, accept.check),
        provide(GetMessages, messages),
        provide(GetContent, new GetContent(new PgContentReader(db, content.cipher))),
        provide(CancelMessages, new CancelMessages(changes, messages, clock, ids)),
        provide(RescheduleMessage, new RescheduleMessage(changes, messages, new PartitionedDays(db, clock), clock, ids)),
        provide(EnsureDkimKeys, new EnsureDkimKeys(dkim)),
        provide(PgSwitches, switches),
        provide(PgQueueSummary, new PgQueueSummary(db, clock, wall)),
        background,
      ],
    };
  }
}

// By factory, so that handlers stay free of Nest's decorators.
function provide<T extends object>(token: Type<T> | (abstract new (...args: never[]) => T), instance: T): FactoryProvider<T> {
  return { provide: token, useFactory: () => instance };
}
