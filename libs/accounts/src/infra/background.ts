import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { MailUsage } from '@nexoramail/contracts';
import { SchemaUpkeep, type BusinessLoop, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
import type { KeyUseWriter } from './key-use-writer.js';
import type { PrismaClient } from './prisma/generated/client.js';

/** What runs beside the calls of this service, from its start to its stop. */
export interface BackgroundParts {
  readonly db: Database;
  readonly prisma: PrismaClient;
  readonly keyUse: KeyUseWriter;
  readonly usage: InboxConsumer<MailUsage>;
  readonly loop: BusinessLoop;
}

/** Starts and stops relay, upkeep, consumer and jobs in the right order, and closes the pools last. */
export class Background implements OnModuleInit, OnApplicationShutdown {
  private readonly upkeep: SchemaUpkeep;

  constructor(private readonly runtime: Runtime, private readonly parts: BackgroundParts) {
    this.upkeep = new SchemaUpkeep(runtime, parts);
  }

  async onModuleInit(): Promise<void> {
    await this.upkeep.prepare();
    await this.parts.usage.start();
    this.upkeep.start();
    this.parts.loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.loop.stop();
    await this.parts.usage.stop();
    await this.upkeep.stop();
    await this.parts.keyUse.idle();
    await this.parts.prisma.$disconnect();
    await this.parts.db.close();
    this.runtime.logger.debug({}, 'Accounts stopped');
  }
}
