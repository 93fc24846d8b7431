import { complianceDecisions, type ComplianceDecision } from '@nexoramail/contracts';
import type { IdSource } from '@nexoramail/kernel';
import { insertOutbox, type Database, type OutboxRecord, type Sql, type Wake } from '@nexoramail/platform';

const TYPES = { domain: 'domain_changed', suppression: 'suppression_changed', standing: 'standing_changed' } as const;

/** The outbox record of a decision. */
export function decisionRecord(decision: ComplianceDecision, ids: IdSource): OutboxRecord {
  if (!decision.decision) throw new Error('A decision says what was decided');
  return {
    topic: complianceDecisions.name,
    key: complianceDecisions.keyOf(decision),
    eventId: ids.uuid(),
    type: TYPES[decision.decision.$case],
    payload: complianceDecisions.codec.encode(decision).finish(),
  };
}

/** One commit with the facts it causes: they leave together or not at all (`architecture.md` §4 rule 3). */
export class UnitOfWork {
  constructor(private readonly db: Database, private readonly wake: Pick<Wake, 'signal'>, private readonly ids: IdSource) {}

  /** Runs `work` in a transaction; what it passes to `publish` is written to the outbox in that transaction, in order. `at` is business time. */
  async run<T>(at: Date, work: (tx: Sql, publish: (decision: ComplianceDecision) => void) => Promise<T>): Promise<T> {
    let published = false;
    const value = await this.db.transaction(async (tx) => {
      const records: OutboxRecord[] = [];
      const result = await work(tx, (decision) => records.push(decisionRecord(decision, this.ids)));
      await insertOutbox(tx, records, at);
      published = records.length > 0;
      return result;
    });
    if (published) this.signal();
    return value;
  }

  /** Tells the relay that there is something to publish. */
  signal(): void {
    this.wake.signal('outbox:compliance');
  }
}
