import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Maintenance, OutboxRelay, type BusinessLoop, type Database, type InboxConsumer, type Runtime } from '@nexoramail/platform';
import type { MailUsage } from '@nexoramail/contracts';
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
  private readonly relay: OutboxRelay;
  private readonly maintenance: Maintenance;
  private readonly unregister: () => void;

  constructor(private readonly runtime: Runtime, private readonly parts: BackgroundParts) {
    const { wall, clock, logger, wake, faults, bus, settle, env, health } = runtime;
    const { db } = parts;
    // One process only can hold the embedded data folder, so a restart after kill -9 may take its own leases back.
    const owner = env === 'embedded' ? { owner: 'embedded' } : {};
    this.relay = new OutboxRelay({ db, bus, wall, clock, logger, wake, faults, schema: 'accounts', ...owner });
    this.maintenance = new Maintenance({ db, wall, clock, logger, settle, schema: 'accounts', ...owner });
    this.unregister = settle.register('outbox:accounts', () => this.relay.idle());
    health.register('postgres:accounts', async () => void (await db.query({ name: 'accounts_ping', text: 'SELECT 1' })));
  }

  async onModuleInit(): Promise<void> {
    await this.maintenance.start();
    await this.parts.usage.start();
    this.relay.start();
    this.parts.loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.unregister();
    await this.parts.loop.stop();
    await this.parts.usage.stop();
    await this.relay.stop();
    await this.maintenance.stop();
    await this.parts.keyUse.idle();
    await this.parts.prisma.$disconnect();
    await this.parts.db.close();
    this.runtime.logger.debug({}, 'Accounts stopped');
  }
}
