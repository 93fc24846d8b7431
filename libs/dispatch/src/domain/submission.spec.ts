import { describe, expect, test } from '@jest/globals';
import { IdSource, ManualClock, seededRandom } from '@nexoramail/kernel';
import { aMessage } from '../fixtures/a-message.js';
import { checkSubmission, expiryOf, releaseDay } from './submission.js';

const clock = new ManualClock('2026-03-01T23:59:59.999Z');
const ids = new IdSource(clock, seededRandom(3));
const code = (changes: Parameters<typeof aMessage>[1]): string => {
  try {
    checkSubmission(aMessage(ids, changes), clock.now());
    return 'ok';
  } catch (error) {
    const { code: kind, errors } = error as { code: string; errors: { code: string }[] };
    return errors[0]?.code ?? kind;
  }
};

describe('a submission', () => {
  test.each([
    [{}, 'ok'],
    [{ id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' }, 'message_id'],
    [{ id: new IdSource(new ManualClock('2026-02-01T00:00:00Z'), seededRandom(1)).uuid() }, 'message_id'],
    [{ to: [] }, 'recipients_missing'],
    [{ to: Array.from({ length: 51 }, (_, i) => `a${i}@b.example`) }, 'recipients_too_many'],
    [{ to: ['a@b.example', 'a@b.example'] }, 'recipients_repeated'],
    [{ to: ['a@b.example>\r\nRCPT TO:<e@e.example'] }, 'address_malformed'],
    [{ fromAddress: 'no-at-sign' }, 'address_malformed'],
    [{ category: '' }, 'category_required'],
    [{ category: 'newsletter' }, 'category_not_permitted'],
    [{ orderingKey: 'k', scheduledAt: new Date('2026-03-02T00:00:00Z') }, 'ordering_key_scheduled'],
    [{ scheduledAt: new Date('2026-05-01T00:00:00Z') }, 'scheduled_too_late'],
    [{ idempotencyKey: 'x'.repeat(256) }, 'idempotency_key'],
    [{ accountRef: 2 ** 40 }, 'account_ref'],
  ])('%o is %s', (changes, expected) => expect(code(changes)).toBe(expected));

  test('ends after its category\'s time, never past 48 h, counted from the release', () => {
    const hours = (changes: Parameters<typeof aMessage>[1]): number => (expiryOf(aMessage(ids, changes), clock.now()).getTime() - clock.now().getTime()) / 3_600_000;
    expect([hours({ category: 'auth.otp' }), hours({}), hours({ expiresInS: 60 }), hours({ expiresInS: 999_999 })]).toEqual([0.25, 48, 1 / 60, 48]);
    expect(hours({ scheduledAt: new Date(clock.now().getTime() + 7_200_000), category: 'auth.otp' })).toBe(2.25);
  });

  test('lies in the partition of its id\'s day, so that a look-up by id finds it at once', () => {
    const message = aMessage(ids);
    const later = new Date(clock.now().getTime() + 5);
    expect(releaseDay(message, later)).toBe('2026-03-01');
    expect(releaseDay(aMessage(ids, { scheduledAt: new Date('2026-03-09T00:00:00Z') }), later)).toBe('2026-03-09');
  });
});
