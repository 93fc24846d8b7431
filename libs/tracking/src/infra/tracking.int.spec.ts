import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AccountsServiceService, complianceDecisions, ComplianceDecision, FeedServiceService, Limits, MessageViewsServiceService, WebhooksChange, webhooksChanges, type FeedService, type MessageViewsService } from '@nexoramail/contracts';
import { publicId } from '@nexoramail/kernel';
import { startService, type BusRecord, type RunningService } from '@nexoramail/platform';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { MIGRATIONS, TrackingModule, TrackingService } from '../index.js';
import { MailRecords, uuid } from '../testing/mail-records.js';

const postgres = usePostgres({ schema: 'tracking', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { tracking: () => postgres.url } });

let service: RunningService;
let feed: FeedService;
let views: MessageViewsService;

beforeAll(async () => {
  runtime.directory.register(AccountsServiceService, {
    getLimits: ({ accountIds }: { accountIds: string[] }) => Promise.resolve({
      results: accountIds.map((accountId) => ({ result: { $case: 'ok', ok: Limits.fromPartial({ accountId, version: 1n, retentionDays: 30 }) } })),
    }),
  });
  service = await startService(runtime, { name: 'tracking', module: TrackingModule.register(runtime, { http: { host: '127.0.0.1', port: 0 } }) });
  feed = runtime.rpc.client<FeedService>(FeedServiceService);
  views = runtime.rpc.client<MessageViewsService>(MessageViewsServiceService);
});
afterAll(() => service.stop());

const publish = (...records: BusRecord[]): Promise<void> => runtime.bus.publish(records);
const scope = (accountId: string, mode = 'live') => ({ accountId, mode });
const page = (accountId: string, more: Partial<Parameters<FeedService['listEvents']>[0]> = {}) =>
  feed.listEvents({ scope: scope(accountId), afterSeq: 0n, types: [], limit: 100, waitMs: 0, ...more });
const list = async (accountId: string, filter: Partial<Parameters<MessageViewsService['listMessages']>[0]> = {}) =>
  views.listMessages({
    scope: scope(accountId), page: { limit: 0, after: '' }, recipient: '', statuses: [], tag: '', category: '', templateId: '', domain: '',
    createdAfter: undefined, createdBefore: undefined, metadata: {}, ...filter,
  });

describe('the log', () => {
  test('numbers what happened to a message from 1, in order, in its final public form', async () => {
    const mail = new MailRecords({ accountId: uuid(), view: { tags: ['receipt'], metadata: { order: '17' } } });
    const accepted = mail.accepted();
    await publish(accepted, mail.delivered());
    const { events, nextSeq, hasMore } = await page(mail.accountId);
    expect(events.map(({ seq, type }) => [Number(seq), type])).toEqual([[1, 'email.accepted'], [2, 'email.queued'], [3, 'email.sent'], [4, 'email.delivered']]);
    expect([nextSeq, hasMore]).toEqual([4n, false]);
    expect(events[0]?.id).toBe(publicId('evt', accepted.eventId, 0));
    expect(JSON.parse(events[3]?.dataJson ?? '')).toMatchObject({
      email_id: publicId('em', mail.messageId), recipient: { address: 'ann@shop.example' }, attempt: 1, smtp: { code: 250 }, classification: null, test: false,
    });
    expect(events[3]?.dataJson).toMatch(/^\{"email_id":/);
  });

  test('gives next_seq past events that a type filter leaves out, and pages', async () => {
    const mail = new MailRecords({ accountId: uuid() });
    await publish(mail.accepted(), mail.delivered());
    expect(await page(mail.accountId, { types: ['email.bounced'] })).toMatchObject({ events: [], nextSeq: 4n, hasMore: false });
    const first = await page(mail.accountId, { limit: 3 });
    expect([first.events.length, first.nextSeq, first.hasMore]).toEqual([3, 3n, true]);
    const rest = await page(mail.accountId, { limit: 3, afterSeq: first.nextSeq });
    expect([rest.events.map(({ seq }) => seq), rest.hasMore]).toEqual([[4n], false]);
  });

  test('refuses a cursor that the log has not reached', async () => {
    await expect(page(uuid(), { afterSeq: 9n })).rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/after' }] });
  });

  test('wakes a waiting reader on the commit, for its own account and mode only', async () => {
    const [mail, other] = [new MailRecords({ accountId: uuid() }), new MailRecords({ accountId: uuid() })];
    let woken = false;
    const waiting = page(mail.accountId, { waitMs: 20_000 }).then((found) => { woken = true; return found; });
    await publish(other.accepted(), new MailRecords({ accountId: mail.accountId, mode: 'test' }).accepted());
    expect(woken).toBe(false);
    await publish(mail.accepted());
    expect((await waiting).events.map(({ seq }) => seq)).toEqual([1n, 2n]);
  });

  test('wakes a reader for a commit of another replica', async () => {
    const mail = new MailRecords({ accountId: uuid() });
    await publish(mail.accepted());
    const waiting = page(mail.accountId, { afterSeq: 2n, waitMs: 20_000 });
    const { db, watch } = service.get<TrackingService>(TrackingService);
    while (watch.watched === 0) await new Promise(setImmediate);
    await db.transaction(async (tx) => {
      await tx.query({ name: '', text: 'UPDATE feed_counter SET seq = 3 WHERE account_id = $1' }, [mail.accountId]);
      await tx.query({ name: '', text: `INSERT INTO event SELECT day, gen_random_uuid(), 0, account_id, mode, 3, at, recorded_at, 'email.sent', message_id, recipient_index, data FROM event WHERE account_id = $1 AND seq = 1` }, [mail.accountId]);
    });
    expect((await waiting).events.map(({ type }) => type)).toEqual(['email.sent']);
  });
});

describe('events of the account', () => {
  const at = new Date('2026-03-01T09:00:00Z');
  const record = (topic: string, accountId: string, payload: Uint8Array): BusRecord => ({ topic, key: accountId, eventId: uuid(), type: 'x', payload, headers: {} });
  const typesOf = async (accountId: string, mode: string) =>
    (await feed.listEvents({ scope: scope(accountId, mode), afterSeq: 0n, types: [], limit: 0, waitMs: 0 })).events.map(({ seq, type }) => [Number(seq), type]);

  test('a decision about the whole account stands in the logs of both modes, one about a mode in its own', async () => {
    const accountId = uuid();
    const decisions = [
      ComplianceDecision.fromPartial({ accountId, at, mode: '', decision: { $case: 'standing', standing: { accountId, standing: 'warned', reason: 'bounce_rate', version: 2n } } }),
      ComplianceDecision.fromPartial({ accountId, at, mode: 'live', decision: { $case: 'domain', domain: { domainId: uuid(), name: 'shop.example', status: 'verified' } } }),
      ComplianceDecision.fromPartial({ accountId, at, mode: 'live', decision: { $case: 'domain', domain: { domainId: uuid(), name: 'shop.example', status: 'pending' } } }),
    ].map((decision) => record(complianceDecisions.name, accountId, ComplianceDecision.encode(decision).finish()));
    await publish(...decisions);
    await publish(...decisions);
    expect(await typesOf(accountId, 'live')).toEqual([[1, 'account.standing_changed'], [2, 'domain.verified']]);
    expect(await typesOf(accountId, 'test')).toEqual([[1, 'account.standing_changed']]);
  });

  test('an endpoint that stopped by itself is an alert; one that its owner enabled is not', async () => {
    const [accountId, endpointId] = [uuid(), uuid()];
    const change = (status: string, reason: string) => record(webhooksChanges.name, accountId, WebhooksChange.encode(WebhooksChange.fromPartial({ accountId, mode: 'live', endpointId, status, reason, at })).finish());
    await publish(change('paused', 'retries_exhausted'), change('active', ''), change('deleted', ''));
    const { events } = await page(accountId);
    expect(events.map(({ type, dataJson }): unknown => [type, JSON.parse(dataJson)])).toEqual([
      ['account.alert', { alert: { kind: 'webhook_paused', webhook_id: publicId('whk', endpointId), reason: 'retries_exhausted' }, test: false }],
    ]);
  });
});

describe('read models', () => {
  test('show a message with its recipients, timeline and attempts', async () => {
    const mail = new MailRecords({ accountId: uuid(), recipients: ['ann@shop.example', 'bob@shop.example'] });
    await publish(mail.accepted(), mail.delivered(1));
    const { results } = await views.getMessages({ scope: scope(mail.accountId), messageIds: [mail.messageId, uuid(), 'nonsense'] });
    expect(results.map(({ result }) => result?.$case)).toEqual(['ok', 'refused', 'refused']);
    expect(results[0]?.result).toMatchObject({ ok: {
      from: 'Shop <no-reply@shop.example>', mode: 'live', source: 'rest',
      recipients: [
        { index: 0, address: 'ann@shop.example', status: 'queued', kind: 'to', displayName: 'Name 0', attempts: 0, finalAt: undefined },
        { index: 1, status: 'delivered', attempts: 1, lastSmtp: { code: 250 }, finalAt: new Date('2026-03-01T09:00:01.000Z') },
      ],
    } });
    const { events } = await feed.listMessageEvents({ scope: scope(mail.accountId), messageId: mail.messageId });
    expect(events).toHaveLength(6);
    const { attempts } = await views.listAttempts({ scope: scope(mail.accountId), messageId: mail.messageId });
    expect(attempts).toMatchObject([{ recipientIndex: 1, n: 1, outcome: 'accepted', smtp: { text: 'ok' }, transcript: [{ dir: 's', line: '220 mx.shop.example' }, { atMs: 1 }] }]);
  });

  test('do not go back when the acceptance comes after the delivery', async () => {
    const mail = new MailRecords({ accountId: uuid() });
    const delivered = mail.delivered();
    await publish(delivered);
    expect((await list(mail.accountId)).messages).toEqual([]);
    await publish(mail.accepted());
    await publish({ ...delivered, eventId: uuid() });
    const { messages } = await list(mail.accountId, { statuses: ['delivered'] });
    expect(messages).toMatchObject([{ id: mail.messageId, from: 'Shop <no-reply@shop.example>', recipients: [{ status: 'delivered', kind: 'to', attempts: 1 }] }]);
  });

  test('keep `delivered` when a late bounce report comes', async () => {
    const mail = new MailRecords({ accountId: uuid() });
    await publish(mail.accepted(), mail.delivered(), mail.told('email.bounced', 'delivered', 60_000, { late: true, classification: { class: 'hard', reason: 'unknown_user' } }));
    expect((await list(mail.accountId)).messages[0]?.recipients).toMatchObject([{ status: 'delivered', lateBounce: true }]);
  });
});

describe('isolation', () => {
  test('sec-A53: shows nothing of another account or mode, by any question', async () => {
    const mine = new MailRecords({ accountId: uuid(), view: { tags: ['x'] } });
    await publish(mine.accepted(), mine.delivered());
    for (const foreign of [scope(uuid()), scope(mine.accountId, 'test')]) {
      expect((await feed.listEvents({ scope: foreign, afterSeq: 0n, types: [], limit: 0, waitMs: 0 })).events).toEqual([]);
      expect((await feed.listMessageEvents({ scope: foreign, messageId: mine.messageId })).events).toEqual([]);
      expect((await views.listAttempts({ scope: foreign, messageId: mine.messageId })).attempts).toEqual([]);
      expect((await views.getMessages({ scope: foreign, messageIds: [mine.messageId] })).results[0]?.result?.$case).toBe('refused');
      for (const filter of [{}, { tag: 'x' }, { recipient: 'ann@shop.example' }]) expect((await list(mine.accountId, { scope: foreign, ...filter })).messages).toEqual([]);
    }
  });
});

describe('the public listener', () => {
  test('is alive, and serves nothing else yet', async () => {
    const origin = `http://127.0.0.1:${service.get<TrackingService>(TrackingService).http.port}`;
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    const answer = await fetch(`${origin}/`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({ code: 'not_found', status: 404, retryable: false });
  });
});

