import { describe, expect, test } from '@jest/globals';
import { messageStatus, type RecipientStatus } from './index.js';

describe('the status of a message', () => {
  test.each<[RecipientStatus[], string]>([
    [['queued'], 'queued'],
    [['delivered', 'sending'], 'processing'],
    [['delivered', 'delivered'], 'delivered'],
    [['delivered', 'bounced', 'failed'], 'partially_delivered'],
    [['bounced', 'failed'], 'failed'],
    [['bounced', 'bounced'], 'bounced'],
  ])('%j is %s', (recipients, status) => {
    expect(messageStatus(recipients)).toBe(status);
  });
});
