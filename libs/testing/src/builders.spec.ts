import { expect, test } from '@jest/globals';
import { mailEvents } from '@nexoramail/contracts';
import { ManualClock } from '@nexoramail/kernel';
import { aMailEvent, aMailStep, MESSAGE_ID, MESSAGE_TIME, recordFor } from './builders.js';

test('the message was made when a manual clock starts', () => {
  expect(MESSAGE_TIME).toEqual(new ManualClock().now());
});

test('a record carries the event as a relay would publish it', () => {
  const event = aMailEvent({ steps: [aMailStep({ type: 'email.delivered', status: 'delivered' })] });
  const record = recordFor(mailEvents, event);
  expect([record.topic, record.key]).toEqual(['nexora.mail.events.v1', MESSAGE_ID]);
  expect(mailEvents.codec.decode(record.payload)).toEqual(event);
});
