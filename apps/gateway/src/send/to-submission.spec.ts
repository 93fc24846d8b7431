import { describe, expect, test } from '@jest/globals';
import { IdSource, isAppError, ManualClock, seededRandom, type FieldError } from '@nexoramail/kernel';
import type { Caller } from '../auth/caller.js';
import { SEND_EXAMPLE, type SendBody } from './send-body.js';
import { toSubmission } from './to-submission.js';

const clock = new ManualClock('2026-03-01T09:00:00Z');
const caller: Caller = { kind: 'key', accountId: 'a', accountRef: 7n, mode: 'live', credentialId: 'k', scopes: new Set(), defaultCategory: '', plan: 'growth', userId: '', role: '' };
const submit = (extra: Partial<SendBody>): ReturnType<typeof toSubmission> =>
  toSubmission({ ...SEND_EXAMPLE, ...extra }, { caller, bodyHash: Buffer.alloc(32), idempotencyKey: '', requestId: 'req_1', now: clock.now(), ids: new IdSource(clock, seededRandom(3)) });
const faults = (extra: Partial<SendBody>): readonly FieldError[] => {
  try {
    submit(extra);
    return [];
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.errors;
  }
};

describe('a send body becomes a submission', () => {
  test('recipients keep the order to, cc, bcc, and the same address counts once', () => {
    const { recipients } = submit({ to: ['Ann <ann@shop.example>', 'bob@shop.example'], cc: 'ann@SHOP.example', bcc: { email: 'eve@shop.example', name: 'Eve' } });
    expect(recipients.map(({ address, kind }) => [address, kind])).toEqual([['ann@shop.example', 'to'], ['bob@shop.example', 'to'], ['eve@shop.example', 'bcc']]);
  });

  test('all faults are told at once, each where it is', () => {
    const found = faults({ from: 'nobody', to: ['ann@shop.example', 'b@'], subject: 'Hi\r\nBcc: e@e.example', attachments: [{ filename: '../x', content: '%%%' }], metadata: { 'a b': '1' } });
    expect(found.map(({ pointer }) => pointer)).toEqual(['/from', '/to/1', '/attachments/0/filename', '/attachments/0/content', '/subject', '/metadata/a b']);
  });

  test('the 51st recipient is refused with the count', () => {
    const to = Array.from({ length: 51 }, (_, i) => `u${i}@shop.example`);
    expect(faults({ to })).toEqual([expect.objectContaining({ pointer: '/to', code: 'too_many', message: expect.stringContaining('51') })]);
  });

  test('a misspelt category is refused with the one that was meant', () => {
    expect(() => submit({ category: 'commerce.reciept' })).toThrow(expect.objectContaining({ code: 'category_not_permitted', message: expect.stringContaining('`commerce.receipt`') }));
    expect(() => submit({ category: '' })).toThrow(expect.objectContaining({ code: 'category_required' }));
  });

  test('what is over 1 MB is refused with its size', () => {
    expect(() => submit({ text: 'x'.repeat(1_000_001) })).toThrow(expect.objectContaining({ code: 'payload_too_large', message: expect.stringContaining('1000001') }));
  });

  test('a past time is now; more than 30 days is a fault', () => {
    expect(submit({ scheduled_at: '2026-02-01T00:00:00Z' }).scheduledAt).toBeUndefined();
    expect(faults({ scheduled_at: '2026-04-30T00:00:00Z' })).toEqual([expect.objectContaining({ pointer: '/scheduled_at' })]);
  });
});
