import { accountsChanges, complianceDecisions, mailEvents, webhooksChanges, type AccountsChange, type ComplianceDecision, type Limits, type MailEvent, type TopicDefinition, type WebhooksChange } from '@nexoramail/contracts';
import type { Clock } from '@nexoramail/kernel';
import { InboxConsumer, type Database, type EventBus, type Faults, type InboxEvent, type Logger, type Sql, type Telemetry } from '@nexoramail/platform';
import type { FeedWatch } from '../application/feed-watch.js';
import type { IngestBatch, IngestEvents } from '../application/ingest-events.js';
import type { FeedHead } from '../domain/feed-event.js';
import { factsOfDecision, factsOfMail, factsOfWebhooks } from './mail-facts.js';
import { PgIngestStore } from './pg-ingest-store.js';
import { saveLimits } from './retention-copy.js';

type Value = MailEvent | ComplianceDecision | WebhooksChange | AccountsChange;

// A codec of one message is not one of the union; the topic's name tells the value's type apart again.
const TOPICS = [mailEvents, complianceDecisions, webhooksChanges, accountsChanges] as unknown as readonly TopicDefinition<Value>[];

/** What the consumer needs. */
export interface TrackingConsumerOptions {
  readonly db: Database;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ingest: IngestEvents;
  readonly watch: FeedWatch;
  readonly faults: Faults;
  readonly telemetry: Telemetry;
}

/** Group `tracking`: facts into log and read models, one transaction per batch; waiting readers wake when it has committed. */
export function trackingConsumer({ db, bus, clock, logger, ingest, watch, faults, telemetry }: TrackingConsumerOptions): InboxConsumer<Value> {
  const records = telemetry.counter('tracking_records_total', 'Records taken into the log, by topic', ['topic']);
  const headsOf = new WeakMap<readonly InboxEvent<Value>[], FeedHead[]>();
  return new InboxConsumer<Value>({
    db, bus, clock, logger, group: 'tracking', topics: TOPICS,
    async handle(tx: Sql, events) {
      await saveLimits(tx, events.flatMap(limitsOf));
      headsOf.set(events, await ingest.execute(new PgIngestStore(tx), factsOf(events), clock.now()));
      await faults.point('tracking.before-commit');
    },
    afterCommit(events) {
      watch.notify(headsOf.get(events) ?? []);
      for (const [topic, list] of Map.groupBy(events, ({ record }) => record.topic)) records.add(list.length, { topic });
    },
  });
}

function factsOf(events: readonly InboxEvent<Value>[]): IngestBatch {
  const facts = events.map(({ record: { topic, eventId }, value }) => {
    if (topic === mailEvents.name) return factsOfMail(eventId, value as MailEvent);
    if (topic === complianceDecisions.name) return factsOfDecision(eventId, value as ComplianceDecision);
    return topic === webhooksChanges.name ? factsOfWebhooks(eventId, value as WebhooksChange) : { events: [], messages: [] };
  });
  return { events: facts.flatMap((fact) => fact.events), messages: facts.flatMap((fact) => fact.messages) };
}

function limitsOf({ record, value }: InboxEvent<Value>): Limits[] {
  if (record.topic !== accountsChanges.name) return [];
  const { change } = value as AccountsChange;
  return change?.$case === 'limits' ? [change.limits] : [];
}
