import { accountsChanges, type AccountsChange } from '@nexoramail/contracts';
import type { IdSource } from '@nexoramail/kernel';
import { insertOutbox, type Database, type OutboxRecord, type Sql, type Wake } from '@nexoramail/platform';

const TYPES = { account: 'account_changed', limits: 'limits_changed', apiKey: 'api_key_changed' } as const;

/** One commit with the facts it causes: they leave together or not at all (`architecture.md` §4 rule 3). */
export class UnitOfWork {
  constructor(private readonly db: Database, private readonly wake: Pick<Wake, 'signal'>, private readonly ids: IdSource) {}

  /** Runs `work` in a transaction; what it passes to `publish` is written to the outbox in that transaction, in order. `at` is business time. */
  async run<T>(at: Date, work: (tx: Sql, publish: (change: AccountsChange) => void) => Promise<T>): Promise<T> {
    let published = false;
    const value = await this.db.transaction(async (tx) => {
      const records: OutboxRecord[] = [];
      const result = await work(tx, (change) => records.push(this.record(change)));
      await insertOutbox(tx, records, at);
      published = records.length > 0;
      return result;
    });
    if (published) this.wake.signal('outbox:accounts');
    return value;
  }

  private record(change: AccountsChange): OutboxRecord {
    if (!change.change) throw new Error('A change says what changed');
    return {
      topic: accountsChanges.name,
      key: accountsChanges.keyOf(change),
      eventId: this.ids.uuid(),
      type: TYPES[change.change.$case],
      payload: accountsChanges.codec.encode(change).finish(),
    };
  }
}
