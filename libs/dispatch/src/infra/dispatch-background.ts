import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Maintenance, OutboxRelay, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
import type { AccountsChange, ComplianceDecision } from '@nexoramail/contracts';
import type { AcceptParts, ContentParts } from './build-accept.js';
import type { DeliveryService } from './delivery-service.js';
import { gateConsumers } from './gate-consumers.js';
import { RELEASE_DAY_TABLES } from './partitioned-days.js';
import { Upkeep } from './upkeep.js';

/** What runs beside the calls. `accept` undefined: this process delivers only; `delivery` undefined: it accepts only. */
export interface BackgroundParts {
  readonly db: Database;
  readonly content: ContentParts;
  readonly accept: AcceptParts | undefined;
  readonly delivery: DeliveryService | undefined;
}

/** Starts and stops upkeep, relay, consumers and delivery in the right order; the pool closes last. */
export class DispatchBackground implements OnModuleInit, OnApplicationShutdown {
  private readonly relay: OutboxRelay;
  private readonly maintenance: Maintenance;
  private readonly consumers: readonly [InboxConsumer<AccountsChange>, InboxConsumer<ComplianceDecision>];
  private readonly upkeep: Upkeep;
  private unregister = (): void => undefined;

  constructor(private readonly runtime: Runtime, private readonly parts: BackgroundParts) {
    const { wall, clock, logger, wake, faults, bus, settle, env, health } = runtime;
    const { db, content } = parts;
    const owner = env === 'embedded' ? { owner: 'embedded' } : {};
    this.relay = new OutboxRelay({ db, bus, wall, clock, logger, wake, faults, schema: 'mail', ...owner });
    this.maintenance = new Maintenance({ db, wall, clock, logger, settle, schema: 'mail', tables: RELEASE_DAY_TABLES, ...owner });
    this.consumers = gateConsumers(runtime, db);
    this.upkeep = new Upkeep(runtime, db, content);
    health.register('postgres:mail', async () => void (await db.query({ name: 'dispatch_ping', text: 'SELECT 1' })));
  }

  async onModuleInit(): Promise<void> {
    if (this.parts.accept) {
      await this.maintenance.start();
      await this.parts.content.epochs.ensureAhead(); // no durable key, no accept: better known now
      for (const consumer of this.consumers) await consumer.start();
      this.unregister = this.runtime.settle.register('outbox:mail', () => this.relay.idle());
      this.relay.start();
      this.upkeep.start();
    }
    if (this.runtime.env === 'embedded') await this.parts.delivery?.reclaim();
    this.parts.delivery?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.delivery?.stop();
    if (this.parts.accept) {
      await this.parts.accept.store.close();
      this.unregister();
      await this.upkeep.stop();
      for (const consumer of this.consumers) await consumer.stop();
      await this.relay.stop();
      await this.maintenance.stop();
    }
    await this.parts.db.close();
  }
}
