import { describe, expect, test } from '@jest/globals';
import type { Submission, SubmitRequest, SubmitResponse, SubmitResult } from '@nexoramail/contracts';
import { IdSource, isAppError, ManualClock, parsePublicId, seededRandom, type AppError } from '@nexoramail/kernel';
import { InFlightKeys } from '@nexoramail/platform';
import type { Caller } from '../auth/caller.js';
import type { Answer } from '../http/operation.js';
import { BatchSubmitter } from '../send/batch-submitter.js';
import { SEND_EXAMPLE } from '../send/send-body.js';
import { batchRoutes } from './batch.js';

const clock = new ManualClock('2026-03-01T09:00:00Z');
const caller: Caller = { kind: 'key', accountId: 'a', accountRef: 7n, mode: 'live', credentialId: 'k', scopes: new Set(), defaultCategory: '', plan: 'growth', userId: '', role: '' };

/** Dispatch as far as a batch sees it: `answer` says what becomes of each item. */
class FakeDispatch {
  readonly calls: SubmitRequest[] = [];
  constructor(private readonly answer: (item: Submission, call: number) => SubmitResult['result'] = (item) => stored(item)) {}

  submit(request: SubmitRequest): Promise<SubmitResponse> {
    this.calls.push(request);
    return Promise.resolve({ results: request.items.map((item) => ({ result: this.answer(item, this.calls.length) })) });
  }
}

const stored = ({ messageId, recipients }: Submission, replayed = false): SubmitResult['result'] => ({
  $case: 'ok', ok: { messageId, status: 'queued', createdAt: clock.now(), messageIdHeader: '<x@y>', recipients: recipients.map(({ address }) => ({ address, status: 'queued', reason: '' })), replayed },
});
const fault = (code: string): SubmitResult['result'] => ({ $case: 'refused', refused: { code, detail: `Refused: ${code}.`, errors: [], retryAfterS: 0 } });
const away: SubmitResult['result'] = { $case: 'retry', retry: { code: 'temporarily_unavailable', detail: 'Away.', errors: [], retryAfterS: 1 } };

interface Item { index: number; id?: string; recipients?: { id: string; address: string }[]; error?: { code: string; errors: { pointer: string }[] } }
async function post(dispatch: FakeDispatch, body: { mode?: string; emails: unknown[] }, key?: string): Promise<Answer & { data: Item[] }> {
  const [operation] = batchRoutes({ submitter: new BatchSubmitter(dispatch), inFlight: new InFlightKeys(), clock, ids: new IdSource(clock, seededRandom(3)) });
  if (!operation) throw new Error('no operation');
  const answer = await operation.handler({
    params: {}, query: {}, body, rawBody: Buffer.from(JSON.stringify(body)), caller, requestId: 'req_1', headers: key === undefined ? {} : { 'idempotency-key': key }, source: '',
  });
  return { ...answer, ...(answer.body as { data: Item[] }) };
}
const refusal = (work: Promise<unknown>): Promise<AppError> => work.then(() => Promise.reject(new Error('not refused')), (error: unknown) => (isAppError(error) ? error : Promise.reject(error as Error)));
const email = (extra: object = {}): object => ({ ...SEND_EXAMPLE, ...extra });

describe('partial', () => {
  test('each item in order has its id or its error, and only the good ones reach dispatch', async () => {
    const dispatch = new FakeDispatch((item) => (item.subject === 'refuse' ? fault('domain_not_verified') : stored(item)));
    const { status, data } = await post(dispatch, { emails: [email(), 7, email({ sujbect: 'x' }), email({ to: 'b@' }), email({ subject: 'refuse' }), email()] });
    expect(status).toBe(200);
    expect(data.map(({ index, id, error }) => [index, id !== undefined, error?.code])).toEqual([
      [0, true, undefined], [1, false, 'validation_failed'], [2, false, 'validation_failed'], [3, false, 'validation_failed'], [4, false, 'domain_not_verified'], [5, true, undefined],
    ]);
    expect(data[2]?.error?.errors[0]?.pointer).toBe('/sujbect');
    expect(data[3]?.error?.errors[0]?.pointer).toBe('/to');
    expect(data[0]?.recipients?.map(({ address }) => address)).toEqual(['ann@shop.example']);
    expect(dispatch.calls.map(({ group, items }) => [group, items.length])).toEqual([['partial', 3]]);
    expect(parsePublicId('em', data[5]?.id ?? '')?.uuid).toBe(dispatch.calls[0]?.items[2]?.messageId);
  });

  test('a call carries at most 2 MB', async () => {
    const dispatch = new FakeDispatch();
    const { data } = await post(dispatch, { emails: Array.from({ length: 7 }, () => email({ text: 'x'.repeat(600_000) })) });
    expect(dispatch.calls.map(({ items }) => items.length)).toEqual([3, 3, 1]);
    expect(data.every(({ id }) => id !== undefined)).toBe(true);
  });

  test('what was not stored is repeated once with the same ids; when all of it stays away, that is the answer', async () => {
    const once = new FakeDispatch((item, call) => (call === 1 && item.subject === 'later' ? away : stored(item)));
    expect((await post(once, { emails: [email(), email({ subject: 'later' })] })).data.map(({ id }) => id !== undefined)).toEqual([true, true]);
    expect(once.calls[1]?.items.map(({ messageId }) => messageId)).toEqual([once.calls[0]?.items[1]?.messageId]);
    expect((await refusal(post(new FakeDispatch(() => away), { emails: [email(), email()] }))).code).toBe('temporarily_unavailable');
  });

  test('a key covers the batch: a key for each item, which no header can name, and one hash; a replay is told', async () => {
    const dispatch = new FakeDispatch((item) => stored(item, true));
    const { headers } = await post(dispatch, { emails: [email(), email()] }, 'k'.repeat(255));
    const items = dispatch.calls[0]?.items ?? [];
    expect(new Set(items.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
    for (const { idempotencyKey } of items) expect(idempotencyKey).toMatch(/^batch·[0-9a-f]{64}·[01]$/);
    expect(items[0]?.bodyHash).toEqual(items[1]?.bodyHash);
    expect(headers).toEqual({ 'idempotent-replayed': 'true' });
    expect((await refusal(post(new FakeDispatch(() => fault('idempotency_key_reused')), { emails: [email()] }, 'k'))).code).toBe('idempotency_key_reused');
  });
});

describe('atomic', () => {
  test('every fault at its place, the first one names the refusal, and dispatch is not asked', async () => {
    const dispatch = new FakeDispatch();
    const error = await refusal(post(dispatch, { mode: 'atomic', emails: [email(), email({ category: 'commerce.reciept' }), email({ to: ['a@x.example', 'nobody'], subject: 'a\nb' })] }));
    expect([error.code, error.errors.map(({ pointer }) => pointer)]).toEqual(['category_not_permitted', ['/emails/1/category', '/emails/2/to/1', '/emails/2/subject']]);
    expect(dispatch.calls).toEqual([]);
  });

  test('refusals of dispatch are told alike', async () => {
    const dispatch = new FakeDispatch((item) => (item.subject === 'refuse' ? fault('domain_not_verified') : undefined));
    const error = await refusal(post(dispatch, { mode: 'atomic', emails: [email(), email({ subject: 'refuse' })] }));
    expect([error.code, error.errors]).toEqual(['domain_not_verified', [{ pointer: '/emails/1', code: 'domain_not_verified', message: 'Refused: domain_not_verified.' }]]);
    expect(dispatch.calls.map(({ group }) => group)).toEqual(['atomic']);
  });

  test('stored whole: ids of all; too large for one commit: 413 with the size', async () => {
    expect((await post(new FakeDispatch(), { mode: 'atomic', emails: [email(), email()] })).data.map(({ id }) => id !== undefined)).toEqual([true, true]);
    const error = await refusal(post(new FakeDispatch(), { mode: 'atomic', emails: Array.from({ length: 4 }, () => email({ text: 'x'.repeat(900_000) })) }));
    expect([error.code, error.message]).toEqual(['payload_too_large', expect.stringContaining('3500000')]);
  });
});
