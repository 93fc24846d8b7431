import { expect, test } from '@jest/globals';
import { describeEvents, EVENT_GROUPS } from './event-types.js';

test('every event type of the contract is on offer, once', () => {
  const types = EVENT_GROUPS.flatMap((group) => group.types);
  expect(types).toHaveLength(25);
  expect(new Set(types).size).toBe(25);
});

test('subscriptions are told in a few words', () => {
  expect([['*'], ['email.sent'], ['email.sent', 'email.bounced'], ['email.sent', 'email.bounced', 'email.failed']].map(describeEvents)).toEqual(['All events', 'email.sent', 'email.sent, email.bounced', 'email.sent and 2 more']);
});
