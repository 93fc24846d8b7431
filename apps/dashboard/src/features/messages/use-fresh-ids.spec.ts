import { expect, test } from '@jest/globals';
import type { Email } from '@nexoramail/sdk';
import { changedIds } from './use-fresh-ids.js';

const rows = (...statuses: [id: string, status: string][]): Email[] => statuses.map(([id, status]) => ({ id, status }) as Email);

test('new rows on top and changed ones are news; older pages are not', () => {
  const seen = new Map([['b', 'queued'], ['c', 'delivered']]);
  expect([...changedIds(seen, rows(['a', 'queued'], ['b', 'delivered'], ['c', 'delivered'], ['d', 'bounced']))]).toEqual(['a', 'b']);
  expect([...changedIds(seen, rows(['x', 'queued'], ['y', 'queued']))]).toEqual([]);
});
