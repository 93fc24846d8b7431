import { mailEvents, type ComplianceDecision, type MailEvent, type MailStep } from '@nexoramail/contracts';
import { publicId, type Clock, type IdSource, type Mode } from '@nexoramail/kernel';
import { InboxConsumer, type Database, type EventBus, type InboxEvent, type Logger, type Sql, type UnitOfWork } from '@nexoramail/platform';
import { suppressionOf, type SuppressItem } from '../application/suppress-recipients.js';
import { suppressionChanged } from './changes.js';
import { addFromEvents } from './suppression-sql.js';

/** What the consumer needs. */
export interface MailEventsConsumerOptions {
  readonly db: Database;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ids: IdSource;
  readonly work: UnitOfWork<ComplianceDecision>;
  readonly tokenKey: Uint8Array;
}

/**
 * Suppresses after what the topic tells: hard bounces that dispatch could not report before its commit (the same event, so no second effect),
 * late ones, complaints and unsubscribes.
 */
export function mailEventsConsumer({ db, bus, clock, logger, ids, work, tokenKey }: MailEventsConsumerOptions): InboxConsumer<MailEvent> {
  let stored = false; // most events suppress nobody: the relay is not to wake for them
  return new InboxConsumer<MailEvent>({
    db, bus, clock, logger,
    group: 'compliance.suppression',
    topics: [mailEvents],
    handle: async (tx, events) => {
      if ((await suppressFrom(tx, events, { ids, work, tokenKey }, clock.now())) > 0) stored = true;
    },
    afterCommit: () => {
      if (stored) work.signal();
      stored = false;
    },
  });
}

/** Stores the entries that a batch of events causes, in the consumer's transaction; returns how many were new. */
async function suppressFrom(tx: Sql, events: readonly InboxEvent<MailEvent>[], { ids, work, tokenKey }: Pick<MailEventsConsumerOptions, 'ids' | 'work' | 'tokenKey'>, at: Date): Promise<number> {
  const items = events.flatMap(({ record, value }) => value.steps.flatMap((step, index) => itemOf(record.eventId, value, step, index) ?? []));
  const entries = items.map((item) => suppressionOf(item, ids, tokenKey, at));
  return (await addFromEvents(tx, entries, entries.map((entry) => work.record(suppressionChanged(entry, at))), at)).size;
}

function itemOf(eventId: string, event: MailEvent, step: MailStep, index: number): SuppressItem | undefined {
  const origin = originOf(step);
  if (origin === undefined) return undefined;
  return {
    origin,
    accountId: event.accountId,
    mode: event.mode as Mode,
    address: step.address,
    sourceEventId: publicId('evt', eventId, index),
    messageId: event.messageId,
    category: event.context?.category ?? '',
  };
}

function originOf({ type, classification }: MailStep): string | undefined {
  switch (type) {
    case 'email.bounced':
      return classification?.class === 'hard' ? 'hard_bounce' : undefined;
    case 'email.complained':
      return 'complaint';
    case 'email.unsubscribed':
      return 'unsubscribe';
    default:
      return undefined;
  }
}
