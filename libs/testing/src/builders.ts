import { MailEvent, MailStep, type TopicDefinition } from '@nexoramail/contracts';
import { timeOfUuid } from '@nexoramail/kernel';
import type { BusRecord } from '@nexoramail/platform';
import { uuidOf } from './bus-records.js';

/** A UUIDv7 of 1 March 2026, 09:00 UTC, the time at which a ManualClock starts. */
export const MESSAGE_ID = '019ca8a0-3e80-7000-8000-000000000001';

/** Business time of {@link MESSAGE_ID}. */
export const MESSAGE_TIME = new Date(timeOfUuid(MESSAGE_ID));

/** One fact about the first recipient: queued, unless told. */
export function aMailStep(overrides: Partial<MailStep> = {}): MailStep {
  return { ...MailStep.fromPartial({ type: 'email.queued', recipientIndex: 0, address: 'ann@shop.example', at: MESSAGE_TIME, status: 'queued' }), ...overrides };
}

/** One commit of dispatch about a live message of account 1, with one step unless told. */
export function aMailEvent(overrides: Partial<MailEvent> = {}): MailEvent {
  return {
    ...MailEvent.fromPartial({ accountId: uuidOf(1), mode: 'live', messageId: MESSAGE_ID, context: { messageIdHeader: '<1@acme.example>', category: 'account.notice', tags: [], metadata: {} } }),
    steps: [aMailStep()],
    ...overrides,
  };
}

/** The record that carries a value of a topic: what a relay would publish for it. */
export function recordFor<T>(topic: TopicDefinition<T>, value: T, overrides: Partial<BusRecord> = {}): BusRecord {
  return { topic: topic.name, key: topic.keyOf(value), eventId: uuidOf(1), type: topic.name, payload: topic.codec.encode(value).finish(), headers: {}, ...overrides };
}
