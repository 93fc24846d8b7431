import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { AccountsChange, MailEvent } from '@nexoramail/contracts';
import { Maintenance, OutboxRelay, type BusinessLoop, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
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
  private readonly relay: OutboxRelay;
  private readonly maintenance: Maintenance;
  private readonly unregister: () => void;

  constructor(runtime: Runtime, private readonly parts: BackgroundParts) {
    const { wall, clock, logger, wake, faults, bus, settle, env, health } = runtime;
    const { db } = parts;
    // One process only can hold the embedded data folder, so a restart after kill -9 may take its own leases back.
    const owner = env === 'embedded' ? { owner: 'embedded' } : {};
    this.relay = new OutboxRelay({ db, bus, wall, clock, logger, wake, faults, schema: 'compliance', ...owner });
    this.maintenance = new Maintenance({ db, wall, clock, logger, settle, schema: 'compliance', ...owner });
    this.unregister = settle.register('outbox:compliance', () => this.relay.idle());
    health.register('postgres:compliance', async () => void (await db.query({ name: 'compliance_ping', text: 'SELECT 1' })));
  }

  async onModuleInit(): Promise<void> {
    await this.maintenance.start();
    await this.parts.accounts.start();
    await this.parts.mailEvents.start();
    this.relay.start();
    for (const loop of this.parts.loops) loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.unregister();
    await Promise.all(this.parts.loops.map((loop) => loop.stop()));
    await this.parts.accounts.stop();
    await this.parts.mailEvents.stop();
    await this.relay.stop();
    await this.maintenance.stop();
    await this.parts.prisma.$disconnect();
    await this.parts.db.close();
  }
}
