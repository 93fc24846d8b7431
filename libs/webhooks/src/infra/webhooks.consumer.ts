import {
  accountsChanges, complianceDecisions, mailEvents, publicEventsOfDecision, publicEventsOfMail, type AccountsChange, type ComplianceDecision, type Limits, type MailEvent,
  type PublicEvent, type PublicIds, type TopicDefinition,
} from '@nexoramail/contracts';
import { publicId, recipientId, type Clock } from '@nexoramail/kernel';
import { InboxConsumer, type Database, type EventBus, type Faults, type InboxEvent, type Logger, type Sql } from '@nexoramail/platform';
import type { FanOut } from '../application/fan-out.js';
import type { Lanes } from '../application/lanes.js';
import type { LeasedPost, OutgoingEvent } from '../application/ports.js';
import { eventBody } from '../domain/event-body.js';
import { saveLimits } from './limits-copy.js';
import { PgFanOutStore } from './pg-fan-out-store.js';
import type { SecretBox } from './secret-box.js';

/** How ids are spelled outside: as in the feed. */
const PUBLIC_IDS: PublicIds = {
  email: (uuid) => publicId('em', uuid),
  recipient: recipientId,
  event: (uuid, step) => publicId('evt', uuid, step),
  domain: (uuid) => publicId('dom', uuid),
  suppression: (uuid) => publicId('sup', uuid),
};

type Value = MailEvent | ComplianceDecision | AccountsChange;

// A codec of one message is not one of the union; the topic's name tells the value's type apart again.
const TOPICS = [mailEvents, complianceDecisions, accountsChanges] as unknown as readonly TopicDefinition<Value>[];

/** What the consumer needs. */
export interface WebhooksConsumerOptions {
  readonly db: Database;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fanOut: FanOut;
  readonly lanes: Lanes;
  readonly box: SecretBox;
  readonly faults: Faults;
}

/** Group `webhooks`: one body per event and a waiting post per endpoint, in one transaction per batch; fresh ones go out from memory. */
export function webhooksConsumer({ db, bus, clock, logger, fanOut, lanes, box, faults }: WebhooksConsumerOptions): InboxConsumer<Value> {
  const freshOf = new WeakMap<readonly InboxEvent<Value>[], LeasedPost[]>();
  return new InboxConsumer<Value>({
    db, bus, clock, logger, group: 'webhooks', topics: TOPICS,
    async handle(tx: Sql, events) {
      await saveLimits(tx, events.flatMap(limitsOf));
      freshOf.set(events, await fanOut.execute(new PgFanOutStore(tx, box), events.flatMap(outgoingOf), clock.now(), lanes.newLease()));
      await faults.point('webhooks.before-commit');
    },
    afterCommit: (events) => lanes.offer(freshOf.get(events) ?? []),
  });
}

function outgoingOf({ record: { topic, eventId }, value }: InboxEvent<Value>): OutgoingEvent[] {
  const events = topic === mailEvents.name ? publicEventsOfMail(eventId, value as MailEvent, PUBLIC_IDS)
    : topic === complianceDecisions.name ? publicEventsOfDecision(eventId, value as ComplianceDecision, PUBLIC_IDS) : [];
  return events.map(toOutgoing);
}

function toOutgoing({ id: eventId, type, at, accountId, mode, data }: PublicEvent): OutgoingEvent {
  return { eventId, type, accountId, mode, body: () => eventBody(type, at, data) };
}

function limitsOf({ record, value }: InboxEvent<Value>): Limits[] {
  if (record.topic !== accountsChanges.name) return [];
  const { change } = value as AccountsChange;
  return change?.$case === 'limits' ? [change.limits] : [];
}
