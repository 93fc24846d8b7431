import { expect, test } from '@jest/globals';
import type { WebhookAttempt } from '@nexoramail/sdk';
import { toSeries } from './response-series.js';

const attempt = (at: string, status: number | null, ms: number | null): WebhookAttempt => ({ at, status, duration_ms: ms }) as WebhookAttempt;

test('posts become points in the order of time, each in the series of its outcome', () => {
  const series = toSeries([attempt('2026-03-01T09:00:02Z', 200, 12), attempt('2026-03-01T09:00:01Z', 500, 40), attempt('2026-03-01T09:00:00Z', null, 15_000), attempt('nonsense', 200, 1), attempt('2026-03-01T09:00:00Z', 200, null)]);
  expect(series.times.map((time) => time % 60)).toEqual([0, 1, 2]);
  expect(series.answered).toEqual([null, null, 12]);
  expect(series.failed).toEqual([15_000, 40, null]);
});
