import { messageStatus, timeOfUuid } from '@nexoramail/kernel';
import type { Attempt } from '../domain/attempt.js';
import { scopeKey, type FeedHead, type NewEvent } from '../domain/feed-event.js';
import { labelsOf, type FeedScope, type MessageContextFacts, type MessageEnvelope, type MessageView } from '../domain/message-view.js';
import { applyStep, type RecipientState, type RecipientStep } from '../domain/recipient-state.js';

/** What one record tells about one message. */
export interface MessageChange extends FeedScope {
  readonly messageId: string;
  readonly context: MessageContextFacts;
  /** With the record of acceptance only. */
  readonly envelope: MessageEnvelope | undefined;
  readonly steps: readonly RecipientStep[];
  readonly attempt: Attempt | undefined;
}

/** Records of one batch, in their order. */
export interface IngestBatch {
  readonly events: readonly NewEvent[];
  readonly messages: readonly MessageChange[];
}

/** A message's rows as they are to be stored. */
export interface MessageUpdate {
  readonly view: MessageView;
  /** Denormalised status of the list's filter. */
  readonly status: string;
  readonly changedRecipients: readonly RecipientState[];
  /** Given once, with the acceptance. */
  readonly labels: readonly string[];
  /** What of the message's own row is to be written. */
  readonly rewrite: 'row' | 'status' | 'nothing';
}

/** The tables, inside one transaction. */
export interface IngestStore {
  /** Makes missing counters and locks all of these in order of (account, mode). Until the transaction ends nobody else writes for them. */
  lockFeeds(scopes: readonly FeedScope[]): Promise<void>;
  /** Numbers and stores the events that are not stored yet; answers the heads that moved. */
  appendEvents(events: readonly NewEvent[], now: Date): Promise<FeedHead[]>;
  /** The messages of these ids as stored, whatever account they are of. */
  loadMessages(ids: readonly string[]): Promise<MessageView[]>;
  saveMessages(updates: readonly MessageUpdate[]): Promise<void>;
  /** Stores those that are not stored yet. */
  addAttempts(attempts: readonly Attempt[]): Promise<void>;
}

/**
 * Takes a batch of records into log and read models. Any record may come again, late or out of order: numbers stay without a gap and
 * views never go back. The caller's transaction makes it all or nothing.
 */
export class IngestEvents {
  async execute(store: IngestStore, { events, messages }: IngestBatch, now: Date): Promise<FeedHead[]> {
    const scopes = new Map([...events, ...messages].map(({ accountId, mode }) => [scopeKey({ accountId, mode }), { accountId, mode }]));
    if (scopes.size === 0) return [];
    await store.lockFeeds([...scopes.values()].sort((a, b) => (scopeKey(a) < scopeKey(b) ? -1 : 1)));
    const heads = events.length > 0 ? await store.appendEvents(events, now) : [];
    const attempts = messages.flatMap(({ attempt }) => attempt ?? []);
    if (attempts.length > 0) await store.addAttempts(attempts);
    if (messages.length > 0) await this.updateMessages(store, messages);
    return heads;
  }

  private async updateMessages(store: IngestStore, messages: readonly MessageChange[]): Promise<void> {
    const changes = Map.groupBy(messages, ({ messageId }) => messageId);
    const stored = new Map((await store.loadMessages([...changes.keys()])).map((view) => [view.id, view]));
    const updates = [...changes].map(([id, list]) => updateOf(id, list, stored.get(id)));
    await store.saveMessages(updates.filter(({ rewrite, changedRecipients }) => rewrite !== 'nothing' || changedRecipients.length > 0));
  }
}

function updateOf(id: string, changes: readonly MessageChange[], stored: MessageView | undefined): MessageUpdate {
  const [first] = changes;
  if (first === undefined) throw new Error('A message without a change');
  const owner = stored ?? first;
  if (changes.some((change) => scopeKey(change) !== scopeKey(owner))) throw new Error(`Message ${id} is told of in two accounts or modes`);
  const envelope = stored?.complete === true ? undefined : changes.find((change) => change.envelope !== undefined)?.envelope;
  const recipients = new Map(stored?.recipients.map((recipient) => [recipient.index, recipient]));
  const before = new Map(recipients);
  for (const { steps } of changes) for (const step of steps) recipients.set(step.index, applyStep(recipients.get(step.index), step));
  const all = [...recipients.values()].sort((a, b) => a.index - b.index);
  const view = { ...(stored ?? placeholder(id, first)), ...(envelope && { ...envelope, complete: true }), recipients: all };
  const [was, is] = [statusOf(stored?.recipients), statusOf(all)];
  return {
    view,
    status: is,
    changedRecipients: envelope ? all : all.filter((recipient) => !isSame(recipient, before.get(recipient.index))),
    labels: envelope ? labelsOf(envelope) : [],
    rewrite: stored === undefined || envelope !== undefined ? 'row' : was !== is ? 'status' : 'nothing',
  };
}

/** A message of which a later fact has come before its acceptance. */
function placeholder(id: string, { accountId, mode, context }: MessageChange): MessageView {
  return {
    id, accountId, mode, ...context, complete: false, createdAt: new Date(timeOfUuid(id)), from: '', replyTo: [], scheduledAt: undefined,
    expiresAt: undefined, source: '', templateId: '', templateVersion: 0, recipients: [],
  };
}

const statusOf = (recipients: readonly RecipientState[] = []): string => (recipients.length === 0 ? 'accepted' : messageStatus(recipients.map(({ status }) => status)));

const isSame = (a: RecipientState, b: RecipientState | undefined): boolean => b !== undefined && JSON.stringify(a) === JSON.stringify(b);
