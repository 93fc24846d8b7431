import { describe, expect, test } from '@jest/globals';
import type { EmailView, MessageResult, MessagesService, MessageViewsService } from '@nexoramail/contracts';
import { AppError, IdSource, ManualClock, publicId, seededRandom, type ErrorCode } from '@nexoramail/kernel';
import type { Caller } from '../auth/caller.js';
import type { Answer, Operation } from '../http/operation.js';
import { emailChangeRoutes } from './email-changes.js';
import { emailContentRoutes } from './email-content.js';

const clock = new ManualClock('2026-03-01T09:00:00Z');
const uuid = new IdSource(clock, seededRandom(5)).uuid();
const caller: Caller = { kind: 'key', accountId: 'a', accountRef: 7n, mode: 'live', credentialId: 'k', scopes: new Set(), defaultCategory: '', plan: 'growth', userId: '', role: '' };
const view: EmailView = {
  id: uuid, messageIdHeader: '<x@y>', from: 'a@x.example', replyTo: [], subject: undefined, category: 'commerce.receipt', tags: [], metadata: {}, createdAt: clock.now(), scheduledAt: undefined, expiresAt: undefined,
  source: 'rest', mode: 'live', templateId: '', templateVersion: 0,
  recipients: [{ index: 0, address: 'b@x.example', kind: 'to', displayName: '', status: 'canceled', reason: '', attempts: 0, nextAttemptAt: undefined, lastSmtp: undefined, finalAt: clock.now(), lateBounce: false }],
};
const found: MessageResult = { result: { $case: 'ok', ok: view } };
const refused = (code: ErrorCode): MessageResult => ({ result: { $case: 'refused', refused: { code, detail: `So: ${code}.`, errors: [], retryAfterS: 0 } } });

/** Dispatch answers `live` to everything, tracking `kept`. */
function routes(live: MessageResult, kept: MessageResult): Map<string, Operation> {
  const rejected = (): Promise<never> => Promise.reject(new AppError(live.result?.$case === 'refused' ? (live.result.refused.code as ErrorCode) : 'internal', 'So it is.'));
  const messages: Pick<MessagesService, 'getMessages' | 'cancelMessages' | 'rescheduleMessage' | 'getContent'> = {
    getMessages: () => Promise.resolve({ results: [live] }),
    cancelMessages: () => Promise.resolve({ results: [live] }),
    rescheduleMessage: () => (live === found ? Promise.resolve({ message: view }) : rejected()),
    getContent: () => (live === found ? Promise.resolve({ from: 'a@x.example', to: [], cc: [], subject: 'S', html: undefined, text: 'T', headers: [{ name: 'Received', value: 'one' }, { name: 'Received', value: 'two' }], attachments: [] }) : rejected()),
  };
  const unused = (): Promise<never> => Promise.reject(new Error('not called'));
  const views: MessageViewsService = { getMessages: () => Promise.resolve({ results: [kept] }), listMessages: unused, listAttempts: unused };
  return new Map([...emailChangeRoutes({ messages, views }), ...emailContentRoutes({ messages, views })].map((operation) => [operation.id, operation]));
}
const call = (live: MessageResult, kept: MessageResult, id: string): Promise<Answer> => {
  const operation = routes(live, kept).get(id);
  if (!operation) throw new Error('no operation');
  return operation.handler({ params: { id: publicId('em', uuid) }, query: {}, body: { scheduled_at: '2026-03-02T09:00:00Z' }, rawBody: Buffer.alloc(0), caller, requestId: 'req_1', headers: {}, source: '' });
};

describe.each([['cancelEmail', 'conflict'], ['rescheduleEmail', 'conflict'], ['getEmailContent', 'content_purged']])('%s', (id, late) => {
  test('is answered by dispatch, which holds the message', async () => {
    expect((await call(found, refused('not_found'), id)).status).toBe(200);
    await expect(call(refused('conflict'), found, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  test(`${late} for one that tracking alone remembers, not_found for one that nobody knows`, async () => {
    await expect(call(refused('not_found'), found, id)).rejects.toMatchObject({ code: late });
    await expect(call(refused('not_found'), refused('not_found'), id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('a field that stands twice has its values on lines of their own', async () => {
  expect((await call(found, found, 'getEmailContent')).body).toMatchObject({ headers: { Received: 'one\ntwo' }, html: null, text: 'T' });
});

test('a canceled message is answered with its state', async () => {
  expect((await call(found, found, 'cancelEmail')).body).toMatchObject({ id: publicId('em', uuid), status: 'canceled' });
});
