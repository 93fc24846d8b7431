import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { SchemaUpkeep, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
import type { AccountsChange, ComplianceDecision } from '@nexoramail/contracts';
import type { AcceptParts, ContentParts } from './build-accept.js';
import type { DeliveryService } from './delivery-service.js';
import { gateConsumers } from './gate-consumers.js';
import type { PrismaClient } from './prisma/generated/client.js';
import { RELEASE_DAY_TABLES } from './partitioned-days.js';
import { Upkeep } from './upkeep.js';

/** What runs beside the calls. `accept` undefined: this process delivers only; `delivery` undefined: it accepts only. */
export interface BackgroundParts {
  readonly db: Database;
  readonly prisma: PrismaClient | undefined;
  readonly content: ContentParts;
  readonly accept: AcceptParts | undefined;
  readonly delivery: DeliveryService | undefined;
}

/** Starts and stops upkeep, relay, consumers and delivery in the right order; the pool closes last. */
export class DispatchBackground implements OnModuleInit, OnApplicationShutdown {
  private readonly schema: SchemaUpkeep;
  private readonly consumers: readonly [InboxConsumer<AccountsChange>, InboxConsumer<ComplianceDecision>];
  private readonly upkeep: Upkeep;

  constructor(private readonly runtime: Runtime, private readonly parts: BackgroundParts) {
    const { db, content } = parts;
    this.schema = new SchemaUpkeep(runtime, { db, tables: RELEASE_DAY_TABLES });
    this.consumers = gateConsumers(runtime, db);
    this.upkeep = new Upkeep(runtime, db, content);
  }

  async onModuleInit(): Promise<void> {
    if (this.parts.accept) {
      await this.schema.prepare();
      await this.parts.content.epochs.ensureAhead(); // no durable key, no accept: better known now
      for (const consumer of this.consumers) await consumer.start();
      this.schema.start();
      this.upkeep.start();
    } else {
      this.runtime.health.register('postgres:mail', async () => void (await this.parts.db.query({ name: 'ping', text: 'SELECT 1' })));
    }
    if (this.runtime.env === 'embedded') await this.parts.delivery?.reclaim();
    this.parts.delivery?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.delivery?.stop();
    if (this.parts.accept) {
      await this.parts.accept.store.close();
      await this.upkeep.stop();
      for (const consumer of this.consumers) await consumer.stop();
      await this.schema.stop();
    }
    await this.parts.prisma?.$disconnect();
    await this.parts.db.close();
  }
}
