import type { Runtime } from '../runtime.js';
import type { Database } from '../postgres/database.js';
import { leaseOwner } from '../postgres/lease-row.js';
import type { PartitionedTable } from '../postgres/partitions.js';
import type { Statement } from '../postgres/sql.js';
import { Maintenance } from './maintenance.js';
import { OutboxRelay } from './outbox-relay.js';

/** What a service keeps in its schema. */
export interface SchemaUpkeepOptions {
  readonly db: Database;
  /** Partitioned tables of the context; the outbox needs no mention. */
  readonly tables?: readonly PartitionedTable[];
}

const PING: Statement = { name: 'ping', text: 'SELECT 1' };

/** What every service does beside its calls for its schema: readiness, hourly upkeep with the alarm for dead letters, the outbox relay. */
export class SchemaUpkeep {
  private readonly relay: OutboxRelay;
  private readonly maintenance: Maintenance;
  private unregister: (() => void) | undefined;

  constructor(private readonly runtime: Runtime, private readonly options: SchemaUpkeepOptions) {
    const { wall, clock, logger, wake, bus, settle, telemetry, faults, env } = runtime;
    const { db, tables = [] } = options;
    const [{ schema }, owner] = [db, leaseOwner(env)];
    this.relay = new OutboxRelay({ db, bus, wall, clock, logger, wake, faults, schema, owner });
    this.maintenance = new Maintenance({ db, wall, clock, logger, settle, telemetry, schema, tables, owner });
  }

  /** First of all: today's partitions exist when it resolves. Throws when they do not. */
  async prepare(): Promise<void> {
    const { db } = this.options;
    this.runtime.health.register(`postgres:${db.schema}`, async () => void (await db.query(PING)));
    await this.maintenance.start();
  }

  /** When the consumers listen: publishes what is written, and a jump of the test clock waits for it. */
  start(): void {
    this.unregister = this.runtime.settle.register(`outbox:${this.options.db.schema}`, () => this.relay.idle());
    this.relay.start();
  }

  /** When nothing writes any more; before the pool closes. */
  async stop(): Promise<void> {
    this.unregister?.();
    await this.relay.stop();
    await this.maintenance.stop();
  }
}
