import { expect, test } from '@jest/globals';
import type { CheckSubmissionsRequest, CheckSubmissionsResponse } from '@nexoramail/contracts';
import { IdSource, ManualClock, seededRandom } from '@nexoramail/kernel';
import type { Caller } from '../auth/caller.js';
import { SEND_EXAMPLE } from '../send/send-body.js';
import { checkRoutes } from './check.js';

const clock = new ManualClock('2026-03-01T09:00:00Z');
const caller: Caller = { kind: 'key', accountId: 'a', accountRef: 7n, mode: 'live', credentialId: 'k', scopes: new Set(), defaultCategory: '', plan: 'growth', userId: '', role: '' };

interface Reply { allowed: boolean; rules: { id: string; result: string; fix?: string }[] }
async function check(change: object, result: 'pass' | 'fail' = 'pass'): Promise<{ reply: Reply; asked: number }> {
  let asked = 0;
  const checkSubmissions = ({ items }: CheckSubmissionsRequest): Promise<CheckSubmissionsResponse> => {
    asked += items.length;
    return Promise.resolve({ results: items.map(() => ({ rules: [{ id: 'quota', result, reason: 'So it is.', fix: result === 'fail' ? 'Wait.' : '' }] })) });
  };
  const [operation] = checkRoutes({ submission: { checkSubmissions }, clock, ids: new IdSource(clock, seededRandom(3)) });
  if (!operation) throw new Error('no operation');
  const answer = await operation.handler({ params: {}, query: {}, body: { ...SEND_EXAMPLE, ...change }, rawBody: Buffer.alloc(0), caller, requestId: 'req_1', headers: {}, source: '' });
  return { reply: answer.body as Reply, asked };
}

test('what passes here and in dispatch is allowed; a fix stands only where a rule failed', async () => {
  const passed = await check({});
  expect(passed.reply).toEqual({ allowed: true, rules: ['schema', 'category', 'size', 'quota'].map((id) => expect.objectContaining({ id, result: 'pass' })) });
  expect(passed.reply.rules.some(({ fix }) => fix !== undefined)).toBe(false);
  expect((await check({}, 'fail')).reply).toMatchObject({ allowed: false, rules: [{}, {}, {}, { id: 'quota', result: 'fail', fix: 'Wait.' }] });
});

test('a category or size that is refused is a rule that fails, and nothing more is asked', async () => {
  const category = await check({ category: 'commerce.reciept' });
  expect([category.reply.allowed, category.asked, category.reply.rules.map(({ id, result }) => `${id} ${result}`)]).toEqual([false, 0, ['schema pass', 'category fail', 'size skip']]);
  expect((await check({ text: 'x'.repeat(1_000_001) })).reply.rules.map(({ id, result }) => `${id} ${result}`)).toEqual(['schema pass', 'category pass', 'size fail']);
});

test('a body that is no send body is refused as at a send', async () => {
  await expect(check({ to: 'nobody' })).rejects.toMatchObject({ code: 'validation_failed', errors: [expect.objectContaining({ pointer: '/to' })] });
});
