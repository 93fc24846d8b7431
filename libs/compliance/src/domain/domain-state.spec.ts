import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recordsOf, type DomainRecord, type RecordStatus } from './dns-records.js';
import { afterCheck, type DomainTransition } from './domain-state.js';
import { alignedNames, maySend, type DomainState } from './sender-domain.js';

const HOUR = 3_600_000;
const start = new Date('2026-03-01T09:00:00Z');
const after = (hours: number): Date => new Date(start.getTime() + hours * HOUR);

function seen(dkim: RecordStatus, returnPath: RecordStatus = 'ok', dmarc: RecordStatus = 'missing'): DomainRecord[] {
  const statuses = { dkim, return_path: returnPath, dmarc, tracking: 'missing' as const };
  return recordsOf('shop.example', 's', 'v=DKIM1; p=x', { returnPathHost: 'r.example', trackingHost: 't.example' }).map((record) => ({ ...record, status: statuses[record.purpose] }));
}
const domain = (state: DomainState, degradedAt?: Date) => ({ state, createdAt: start, verifiedAt: state === 'pending' ? undefined : start, degradedAt });
const stateOf = ({ state, changed }: DomainTransition): string => `${state}${changed ? ' changed' : ''}`;

test.each<[DomainState, DomainRecord[], number, string]>([
  ['pending', seen('ok'), 1, 'verified changed'],
  ['pending', seen('ok', 'missing'), 1, 'pending'],
  ['pending', seen('missing'), 72, 'failed changed'],
  ['verified', seen('ok', 'ok', 'mismatch'), 1, 'verified'],
  ['verified', seen('mismatch'), 1, 'degraded changed'],
  ['verified', seen('error'), 1, 'verified'],
  ['verified', seen('error', 'missing'), 1, 'degraded changed'],
  ['failed', seen('missing'), 1, 'failed'],
  ['failed', seen('ok'), 1000, 'verified changed'],
])('%s becomes, after a look: %#', (state, records, hours, expected) => {
  expect(stateOf(afterCheck(domain(state), records, after(hours)))).toBe(expected);
});

test('a degraded domain has a day from the first loss, mended or not', () => {
  expect(stateOf(afterCheck(domain('degraded', start), seen('missing'), after(23.9)))).toBe('degraded');
  expect(afterCheck(domain('degraded', start), seen('missing'), after(23.9)).degradedAt).toEqual(start);
  expect(stateOf(afterCheck(domain('degraded', start), seen('error'), after(24)))).toBe('failed changed');
  expect(stateOf(afterCheck(domain('degraded', start), seen('ok'), after(23)))).toBe('verified changed');
});

test('a domain may send while verified, and for a day after it lost a record', () => {
  expect(maySend({ state: 'verified', degradedAt: undefined }, after(0))).toBe(true);
  expect(maySend({ state: 'degraded', degradedAt: start }, after(23.99))).toBe(true);
  expect(maySend({ state: 'degraded', degradedAt: start }, after(24))).toBe(false);
  for (const state of ['pending', 'failed'] as const) expect(maySend({ state, degradedAt: undefined }, after(0))).toBe(false);
});

test('degraded and only degraded has a time, the next look lies ahead, and nobody waits longer than an hour', () => {
  const states = fc.constantFrom<DomainState>('pending', 'verified', 'degraded', 'failed');
  const statuses = fc.constantFrom<RecordStatus>('pending', 'ok', 'mismatch', 'missing', 'error');
  fc.assert(fc.property(states, statuses, statuses, fc.double({ min: 0, max: 400, noNaN: true }), (state, dkim, returnPath, hours) => {
    const now = after(hours);
    const next = afterCheck(domain(state, state === 'degraded' ? start : undefined), seen(dkim, returnPath), now);
    expect(next.degradedAt !== undefined).toBe(next.state === 'degraded');
    expect(next.changed).toBe(next.state !== state);
    if (next.nextCheckAt) {
      expect(next.nextCheckAt > now).toBe(true);
      expect(next.nextCheckAt.getTime() - now.getTime()).toBeLessThanOrEqual(HOUR);
    } else expect(['pending', 'failed']).toContain(next.state);
  }));
});

test('relaxed alignment looks at parents down to two labels', () => {
  expect(alignedNames('a.b.shop.example')).toEqual(['a.b.shop.example', 'b.shop.example', 'shop.example']);
  expect(alignedNames('example')).toEqual([]);
  expect(alignedNames(Array(40).fill('a').join('.'))).toHaveLength(10);
});
