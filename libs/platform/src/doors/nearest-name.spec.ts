import { expect, test } from '@jest/globals';
import { nearestName } from './nearest-name.js';

test.each([
  ['sujbect', 'subject'],
  ['replyTo', 'reply_to'],
  ['reply-to', 'reply_to'],
  ['scheduledAt', 'scheduled_at'],
  ['Htlm', 'html'],
])('%s most likely means %s', (given, meant) => {
  expect(nearestName(given, ['from', 'to', 'subject', 'reply_to', 'scheduled_at', 'html', 'text'])).toBe(meant);
});

test('a name that is near to nothing has no suggestion, however long it is', () => {
  expect(nearestName('purple', ['from', 'to'])).toBeUndefined();
  expect(nearestName('x'.repeat(100_000), ['from'])).toBeUndefined();
});
