import { describe, expect, test } from '@jest/globals';
import { TERMINAL_STATUSES, type RecipientStatus } from '@nexoramail/kernel';
import fc from 'fast-check';
import { applyStep, isRecipientStatus, type RecipientState, type RecipientStep } from './recipient-state.js';

const step = (status: RecipientStatus | undefined, atS: number, more: Partial<RecipientStep> = {}): RecipientStep => ({
  index: 0, address: 'ann@shop.example', at: new Date(atS * 1000), attempt: 0, status, reason: '', smtp: undefined, nextAttemptAt: undefined, lateBounce: false, kind: '', displayName: '', ...more,
});
const fold = (steps: readonly RecipientStep[]): RecipientState | undefined => steps.reduce<RecipientState | undefined>(applyStep, undefined);

describe('applyStep', () => {
  test('moves from accepted to delivered over a deferral', () => {
    const next = new Date(400_000);
    expect(fold([step('accepted', 1), step('queued', 1), step('sending', 2, { attempt: 1 }), step('delayed', 3, { attempt: 1, nextAttemptAt: next, reason: 'mailbox_full' })]))
      .toMatchObject({ status: 'delayed', nextAttemptAt: next, reason: 'mailbox_full', attempts: 1, finalAt: undefined });
    expect(fold([step('delayed', 3, { attempt: 1, nextAttemptAt: next }), step('delivered', 9, { attempt: 2 })]))
      .toMatchObject({ status: 'delivered', nextAttemptAt: undefined, reason: '', attempts: 2, finalAt: new Date(9000) });
  });

  test('lets a released message be queued again, since of two open states the newer holds', () => {
    expect(fold([step('queued', 1), step('held', 2), step('queued', 5)])?.status).toBe('queued');
  });

  test('keeps the status when a bounce is reported late', () => {
    expect(fold([step('delivered', 5), step(undefined, 9, { lateBounce: true })])).toMatchObject({ status: 'delivered', lateBounce: true });
  });

  test('knows the statuses of the kernel and no others', () => {
    expect([...TERMINAL_STATUSES].every(isRecipientStatus)).toBe(true);
    expect(isRecipientStatus('processing')).toBe(false);
  });

  test('depends on the set of steps alone: any order, any repetition', () => {
    const statuses: readonly (RecipientStatus | undefined)[] = ['accepted', 'scheduled', 'held', 'queued', 'sending', 'delayed', 'delivered', 'bounced', 'failed', 'expired', undefined];
    const steps = fc.array(fc.record({ status: fc.constantFrom(...statuses), at: fc.nat(6), attempt: fc.nat(3), reply: fc.option(fc.nat(5)), late: fc.boolean() }), { minLength: 1, maxLength: 12 })
      .map((list) => list.map(({ status, at, attempt, reply, late }) => step(status, at, {
        attempt, lateBounce: late,
        // What hangs on a status follows from it: one step of one instant says one thing.
        reason: status === undefined ? '' : `${status}${at}`,
        ...(reply !== null && { smtp: { code: 250 + reply, enhanced: '', text: '', mx: '', tls: '' } }),
      })));
    fc.assert(fc.property(steps.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }))), ([list, shuffled]) => {
      expect(fold(shuffled)).toEqual(fold(list));
    }));
  });
});
