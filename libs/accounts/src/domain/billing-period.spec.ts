import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { billingPeriod } from './billing-period.js';

const anchor = new Date('2026-01-31T10:30:00.000Z');
const starts = (at: string): string => billingPeriod(anchor, new Date(at)).start.toISOString();

test('a short month ends on its last day and moves no later one', () => {
  expect(starts('2026-02-28T10:29:59.999Z')).toBe('2026-01-31T10:30:00.000Z');
  expect(starts('2026-02-28T10:30:00.000Z')).toBe('2026-02-28T10:30:00.000Z');
  expect(starts('2026-03-31T10:30:00.000Z')).toBe('2026-03-31T10:30:00.000Z');
  expect(starts('2028-02-29T11:00:00.000Z')).toBe('2028-02-29T10:30:00.000Z');
});

test('before the anniversary the first period holds', () => {
  expect(starts('2025-06-01T00:00:00.000Z')).toBe(anchor.toISOString());
});

test('periods hold their time and follow each other without gap or overlap', () => {
  const days = fc.date({ min: new Date('2020-01-01T00:00:00.000Z'), max: new Date('2040-01-01T00:00:00.000Z'), noInvalidDate: true });
  fc.assert(fc.property(days, fc.integer({ min: 0, max: 4_000 * 86_400_000 }), (from, passed) => {
    const at = new Date(from.getTime() + passed);
    const { start, end } = billingPeriod(from, at);
    expect(start <= at && at < end).toBe(true);
    expect(billingPeriod(from, end).start).toEqual(end);
    expect(billingPeriod(from, new Date(end.getTime() - 1))).toEqual({ start, end });
  }));
});
