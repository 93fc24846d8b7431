import type { TopicDefinition } from '@nexoramail/contracts';
import type { Clock } from '@nexoramail/kernel';
import type { BusRecord, EventBus } from '../bus/event-bus.js';
import type { Logger } from '../log/logger.js';
import type { Database } from '../postgres/database.js';
import type { Sql, Statement } from '../postgres/sql.js';
import { parkDeadLetter, replayDeadLetters } from './dead-letter.js';

/** A record with its decoded value. */
export interface InboxEvent<T> {
  readonly record: BusRecord;
  readonly value: T;
}

/** What a consumer group reads and does. */
export interface InboxConsumerOptions<T> {
  readonly db: Database;
  readonly bus: EventBus;
  /** Business time: `handled_at`, `parked_at`. */
  readonly clock: Clock;
  /** Stable name, unique in the system: the service, or the service and a purpose (`tracking`, `webhooks.fanout`). */
  readonly group: string;
  readonly topics: readonly TopicDefinition<T>[];
  /** Only events this group has not handled, those of one key in order. Its effects are statements of `tx`, nothing else; no network. */
  readonly handle: (tx: Sql, events: readonly InboxEvent<T>[]) => Promise<void>;
  /** Told of each parked event at once. */
  readonly logger?: Logger;
  /** Called after the commit, with what `handle` got: a hint (wake a loop), lost in a crash. Must not throw. */
  readonly afterCommit?: (events: readonly InboxEvent<T>[]) => void;
}

// In the order of the ids: two replicas that meet on the same ids wait for one another instead of dead-locking.
const CLAIM: Statement = {
  name: 'inbox_claim',
  text: `INSERT INTO inbox (group_name, event_id, handled_at) SELECT $1, id, $3 FROM (SELECT DISTINCT unnest($2::uuid[]) AS id ORDER BY id) ids
    ON CONFLICT DO NOTHING RETURNING event_id`,
};

/**
 * A consumer group whose effects happen once per event: `handle` and the inbox rows commit together, and only then is the record
 * acknowledged. A record that cannot be decoded, or whose handling fails five times, is parked in `dead_letter`; the rest flows.
 */
export class InboxConsumer<T> {
  private readonly codecs: ReadonlyMap<string, TopicDefinition<T>['codec']>;
  private subscription: Promise<{ close(): Promise<void> }> | undefined;

  constructor(private readonly options: InboxConsumerOptions<T>) {
    this.codecs = new Map(options.topics.map(({ name, codec }) => [name, codec]));
  }

  async start(): Promise<void> {
    const { bus, group } = this.options;
    this.subscription ??= bus.subscribe({
      group,
      topics: [...this.codecs.keys()],
      handle: (records) => this.handle(records),
      park: (record, error) => this.park(record, error),
    });
    await this.subscription;
  }

  /** Waits for the batch in hand. */
  async stop(): Promise<void> {
    const subscription = await this.subscription;
    this.subscription = undefined;
    await subscription?.close();
  }

  /** Handles parked events now; when it fails they stay parked and the error is the caller's. */
  async replay(eventIds: readonly string[]): Promise<void> {
    let events: readonly InboxEvent<T>[] = [];
    await replayDeadLetters(this.options.db, this.options.group, eventIds, (tx, records) => {
      events = records.map((record) => this.decode(record));
      return this.options.handle(tx, events);
    });
    this.options.afterCommit?.(events);
  }

  private async park(record: BusRecord, error: Error): Promise<void> {
    const { db, group, clock, logger } = this.options;
    await parkDeadLetter(db, group, record, error, clock.now());
    logger?.error({ group, topic: record.topic, type: record.type, event_id: record.eventId, err: error }, 'An event failed five times and was parked');
  }

  private async handle(records: readonly BusRecord[]): Promise<void> {
    const { db, group, clock, handle, afterCommit } = this.options;
    const events = records.map((record) => this.decode(record)); // before the transaction: a poison payload costs no connection
    let fresh: InboxEvent<T>[] = [];
    await db.transaction(async (tx) => {
      const { rows } = await tx.query<{ event_id: string }>(CLAIM, [group, events.map(({ record }) => record.eventId), clock.now()]);
      const unseen = new Set(rows.map((row) => row.event_id));
      fresh = events.filter(({ record }) => unseen.delete(record.eventId)); // also once when a batch holds it twice
      if (fresh.length > 0) await handle(tx, fresh);
    });
    if (fresh.length > 0) afterCommit?.(fresh);
  }

  private decode(record: BusRecord): InboxEvent<T> {
    const codec = this.codecs.get(record.topic);
    if (codec === undefined) throw new Error(`Group ${this.options.group} does not read ${record.topic}`);
    return { record, value: codec.decode(record.payload) };
  }
}
