import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Settle } from '@nexoramail/platform';
import { loadClock, PersistentTestClock } from './business-clock.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'nexora-clock-')); });
afterEach(() => rmSync(folder, { recursive: true }));

test('time that was moved stays moved over a restart, and whoever waits for it is told', async () => {
  let moved = 0;
  const clock = loadClock(folder);
  const testClock = new PersistentTestClock(folder, clock, new Settle(), () => (moved += 1));
  const before = clock.now().getTime();
  const { now, settled } = await testClock.advance(3600);
  expect([moved, settled, now.getTime() - before >= 3_600_000]).toEqual([1, true, true]);
  await testClock.advance(60);
  expect(loadClock(folder).offsetMs).toBe(3_660_000);
});

test('a folder without a clock file is at real time', () => {
  expect(loadClock(folder).offsetMs).toBe(0);
});
