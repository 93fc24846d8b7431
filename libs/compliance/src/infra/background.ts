import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { AccountsChange, MailEvent } from '@nexoramail/contracts';
import { SchemaUpkeep, type BusinessLoop, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
import type { PrismaClient } from './prisma/generated/client.js';

/** What runs beside the calls of this service, from its start to its stop. */
export interface BackgroundParts {
  readonly db: Database;
  readonly prisma: PrismaClient;
  readonly accounts: InboxConsumer<AccountsChange>;
  readonly mailEvents: InboxConsumer<MailEvent>;
  readonly loops: readonly BusinessLoop[];
}

/** Starts and stops relay, upkeep, consumers and jobs in the right order, and closes the pools last. */
export class Background implements OnModuleInit, OnApplicationShutdown {
  private readonly upkeep: SchemaUpkeep;

  constructor(runtime: Runtime, private readonly parts: BackgroundParts) {
    this.upkeep = new SchemaUpkeep(runtime, parts);
  }

  async onModuleInit(): Promise<void> {
    await this.upkeep.prepare();
    await this.parts.accounts.start();
    await this.parts.mailEvents.start();
    this.upkeep.start();
    for (const loop of this.parts.loops) loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.parts.loops.map((loop) => loop.stop()));
    await this.parts.accounts.stop();
    await this.parts.mailEvents.stop();
    await this.upkeep.stop();
    await this.parts.prisma.$disconnect();
    await this.parts.db.close();
  }
}
