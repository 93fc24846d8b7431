import type { TopicDefinition } from '@nexoramail/contracts';
import type { IdSource } from '@nexoramail/kernel';
import type { Wake } from '../lifecycle/wake.js';
import type { Database } from '../postgres/database.js';
import type { Sql } from '../postgres/sql.js';
import { insertOutbox, type OutboxRecord } from './outbox-record.js';

/** The facts that a unit of work publishes, and how they are called. */
export interface Publication<T> {
  readonly topic: TopicDefinition<T>;
  /** The record's `type`. */
  readonly typeOf: (fact: T) => string;
}

/** One commit with the facts it causes: they leave together or not at all (`architecture.md` §4 rule 3). */
export class UnitOfWork<T> {
  constructor(private readonly db: Database, private readonly wake: Pick<Wake, 'signal'>, private readonly ids: Pick<IdSource, 'uuid'>, private readonly publication: Publication<T>) {}

  /** Runs `work` in a transaction; what it passes to `publish` is written to the outbox in that transaction, in order. `at` is business time. */
  async run<R>(at: Date, work: (tx: Sql, publish: (fact: T) => void) => Promise<R>): Promise<R> {
    let published = false;
    const value = await this.db.transaction(async (tx) => {
      const records: OutboxRecord[] = [];
      const result = await work(tx, (fact) => records.push(this.record(fact)));
      await insertOutbox(tx, records, at);
      published = records.length > 0;
      return result;
    });
    if (published) this.signal();
    return value;
  }

  /** The outbox record of a fact, with a new event id: for statements that write their outbox rows themselves. */
  record(fact: T): OutboxRecord {
    const { topic, typeOf } = this.publication;
    return { topic: topic.name, key: topic.keyOf(fact), eventId: this.ids.uuid(), type: typeOf(fact), payload: topic.codec.encode(fact).finish() };
  }

  /** Tells the relay that there is something to publish. */
  signal(): void {
    this.wake.signal(`outbox:${this.db.schema}`);
  }
}
