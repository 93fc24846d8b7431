import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom, TERMINAL_STATUSES } from '@nexoramail/kernel';
import { classifyReply } from '@nexoramail/mail';
import { judge, type AttemptFacts, type Outcome, type Reply } from './outcome.js';

const now = new Date('2026-03-01T09:00:00Z');
const expiresAt = new Date('2026-03-03T09:00:00Z');
const facts: AttemptFacts = { mx: 'mx.b.example', ip: '192.0.2.1', tlsVersion: 'TLSv1.3', tlsCipher: '', tlsVerified: true, transcript: [], handedOver: true };
const reply = (code: number, enhanced = '', text = ''): Reply => ({ code, enhanced, text, mx: 'mx.b.example', tls: '' });
const random = seededRandom(1);
const state = { tries: 0, unknowns: 0, expiresAt };
const verdict = (outcome: Exclude<Outcome, { kind: 'aborted' }>, changes: Partial<typeof state> = {}) => judge(outcome, { ...state, ...changes }, classifyReply, now, random);
const deferred = (code: number, enhanced: string, text: string): Exclude<Outcome, { kind: 'aborted' }> => ({ kind: 'deferred', reply: reply(code, enhanced, text), cause: text, site: 'well', facts });

describe('what an outcome means', () => {
  test.each([
    [550, '5.1.1', 'no such user', 'hard', 'unknown_user', true],
    [552, '5.2.2', 'mailbox full', 'soft', 'mailbox_full', false],
    [550, '5.7.1', 'refused by policy', 'block', 'policy', false],
    [556, '5.1.10', 'null MX', 'hard', 'domain_not_found', true],
  ])('%s %s ends at once as bounced, and only hard suppresses', (code, enhanced, text, cls, reason, suppress) => {
    expect(verdict({ kind: 'rejected', reply: reply(code, enhanced, text), facts })).toMatchObject({ kind: 'final', status: 'bounced', classification: { class: cls, reason }, suppress });
  });

  test('accepted is delivered', () => {
    expect(verdict({ kind: 'accepted', reply: reply(250), facts })).toMatchObject({ kind: 'final', status: 'delivered', event: 'email.delivered' });
  });

  test('unknown comes back once after 15 minutes, then it is failed and undetermined', () => {
    const lost = { kind: 'unknown', cause: 'connection_lost', facts } as const;
    expect(verdict(lost)).toMatchObject({ kind: 'later', unknowns: 1, runAt: new Date(now.getTime() + 900_000) });
    expect(verdict(lost, { unknowns: 1 })).toMatchObject({ kind: 'final', status: 'failed', classification: { class: 'undetermined', reason: 'outcome_unknown' } });
  });

  test('a deferral after the end is the end', () => {
    expect(verdict(deferred(451, '4.3.0', 'later'), { expiresAt: now })).toMatchObject({ kind: 'final', status: 'expired', reason: 'expired' });
  });

  test('first retry after 60 to 300 s; a grey list never before 300 s; waits grow', () => {
    const waits = (outcome: Exclude<Outcome, { kind: 'aborted' }>, tries: number): number[] => Array.from({ length: 200 }, () => {
      const next = verdict(outcome, { tries });
      return next.kind === 'later' ? (next.runAt.getTime() - now.getTime()) / 1000 : Number.NaN;
    });
    const first = waits(deferred(451, '4.3.0', 'try again later'), 0);
    expect([Math.min(...first) >= 60, Math.max(...first) <= 300, new Set(first).size > 50]).toEqual([true, true, true]);
    const grey = waits(deferred(451, '4.7.1', 'greylisted, try again in 300 seconds'), 0);
    expect([Math.min(...grey) >= 300, Math.max(...grey) <= 900]).toEqual([true, true]);
    const mean = (list: number[]): number => list.reduce((sum, n) => sum + n, 0) / list.length;
    const means = [0, 1, 2, 3, 4, 5, 6].map((tries) => mean(waits(deferred(451, '4.3.0', 'later'), tries)));
    expect(means).toEqual([...means].sort((a, b) => a - b));
  });

  test('whatever a peer says, 4xx is never final before the end, 5xx always, and every final status is a terminal one', () => {
    fc.assert(fc.property(fc.integer({ min: 400, max: 599 }), fc.string(), fc.string(), fc.nat(20), (code, enhanced, text, tries) => {
      const outcome = code < 500 ? deferred(code, enhanced, text) : { kind: 'rejected' as const, reply: reply(code, enhanced, text), facts };
      const next = verdict(outcome, { tries });
      expect(next.kind).toBe(code < 500 ? 'later' : 'final');
      if (next.kind === 'final') expect(TERMINAL_STATUSES.has(next.status)).toBe(true);
      if (next.kind === 'later') expect(next.runAt.getTime()).toBeGreaterThan(now.getTime());
    }));
  });
});
