import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountsChanges, AccountsChange, FeedServiceService, ListMessagesRequest, MessageViewsServiceService, type FeedService, type MessageViewsService } from '@nexoramail/contracts';
import { startService, type BusRecord, type RunningService } from '@nexoramail/platform';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { MIGRATIONS, TrackingModule } from '../index.js';
import { MailRecords, uuid } from '../testing/mail-records.js';

const postgres = usePostgres({ schema: 'tracking', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { tracking: () => postgres.url } });
let service: RunningService;
let feed: FeedService;
let views: MessageViewsService;

beforeAll(async () => {
  service = await startService(runtime, { name: 'tracking', module: TrackingModule.register(runtime, { http: { host: '127.0.0.1', port: 0 } }) });
  feed = runtime.rpc.client<FeedService>(FeedServiceService);
  views = runtime.rpc.client<MessageViewsService>(MessageViewsServiceService);
});
afterAll(() => service.stop());

const limits = (accountId: string, retentionDays: number, version = 1n): BusRecord => ({
  topic: accountsChanges.name, key: accountId, eventId: uuid(), type: 'limits', headers: {},
  payload: AccountsChange.encode(AccountsChange.fromPartial({ change: { $case: 'limits', limits: { accountId, version, retentionDays } } })).finish(),
});

const request = (more: Partial<ListMessagesRequest>): ListMessagesRequest => ({ ...ListMessagesRequest.fromPartial({}), ...more });

describe('the list', () => {
  const account = uuid();
  const other = uuid();
  const samples = Array.from({ length: 48 }, (_, n) => ({
    tag: n % 3 === 0 ? 'receipt' : 'otp', category: n % 4 === 0 ? 'auth.otp' : 'commerce.receipt', domain: n % 5 === 0 ? 'Pay.example' : 'shop.example',
    templateId: n % 6 === 0 ? 'a3c1e6d0-0000-7000-8000-000000000001' : '', order: String(n % 7), recipient: n % 2 === 0 ? 'Ann@people.example' : 'bob@people.example',
    outcome: n % 8 === 0 ? 'bounced' : n % 8 === 1 ? 'queued' : n % 8 === 2 ? 'processing' : n % 8 === 3 ? 'partially_delivered' : 'delivered', at: new Date(Date.UTC(2026, 1, 27, 22) + n * 3_600_000),
  }));
  const mails = samples.map(({ tag, category, domain, templateId, order, recipient, at, outcome }) => new MailRecords({
    accountId: account, at, recipients: outcome === 'processing' || outcome === 'partially_delivered' ? [recipient, 'eve@people.example'] : [recipient],
    view: { tags: [tag, 'all'], category, from: `Shop <x@${domain}>`, templateId, metadata: { order, all: 'yes=1' } },
  }));

  beforeAll(async () => {
    runtime.manual.advance(Date.UTC(2026, 2, 5) - runtime.manual.now().getTime());
    await runtime.bus.publish([limits(account, 30), limits(other, 30)]);
    const records = mails.flatMap((mail, n) => {
      const { outcome } = samples[n] ?? { outcome: '' };
      const bounced = (index: number) => mail.told('email.bounced', 'bounced', 900, { recipientIndex: index, index, address: index === 0 ? (samples[n]?.recipient ?? '') : 'eve@people.example' });
      if (outcome === 'queued') return [mail.accepted()];
      if (outcome === 'bounced') return [mail.accepted(), bounced(0)];
      return outcome === 'partially_delivered' ? [mail.accepted(), mail.delivered(), bounced(1)] : [mail.accepted(), mail.delivered()];
    });
    await runtime.bus.publish(records);
    await runtime.bus.publish([new MailRecords({ accountId: other, at: samples[9]?.at ?? new Date(), view: { tags: ['receipt', 'all'] } }).accepted()]);
  });

  const ask = async (filter: Partial<ListMessagesRequest>, limit = 100): Promise<string[]> => {
    const ids: string[] = [];
    for (let after = ''; ;) {
      const { messages, page } = await views.listMessages(request({ scope: { accountId: account, mode: 'live' }, ...filter, page: { limit, after } }));
      ids.push(...messages.map(({ id }) => id));
      expect(messages.length).toBeLessThanOrEqual(limit);
      if (page?.hasMore !== true) return ids;
      after = page.nextCursor;
    }
  };
  const wanted = (test: (sample: (typeof samples)[number]) => boolean): string[] => mails.filter((_, n) => test(samples[n] as (typeof samples)[number])).map(({ messageId }) => messageId).reverse();

  const from = samples[10]?.at ?? new Date();
  const to = samples[30]?.at ?? new Date();
  test.each<[string, Partial<ListMessagesRequest>, (sample: (typeof samples)[number]) => boolean]>([
    ['nothing', {}, () => true],
    ['a recipient, whatever its case', { recipient: 'ann@people.example' }, ({ recipient }) => recipient.startsWith('Ann')],
    ['a recipient that is second', { recipient: 'eve@people.example' }, ({ outcome }) => outcome === 'processing' || outcome === 'partially_delivered'],
    ['one status', { statuses: ['bounced'] }, ({ outcome }) => outcome === 'bounced'],
    ['a message that is partly delivered', { statuses: ['partially_delivered'] }, ({ outcome }) => outcome === 'partially_delivered'],
    ['several statuses', { statuses: ['queued', 'processing'] }, ({ outcome }) => outcome === 'queued' || outcome === 'processing'],
    ['a tag', { tag: 'receipt' }, ({ tag }) => tag === 'receipt'],
    ['a category', { category: 'auth.otp' }, ({ category }) => category === 'auth.otp'],
    ['a template', { templateId: 'a3c1e6d0-0000-7000-8000-000000000001' }, ({ templateId }) => templateId !== ''],
    ['a domain, whatever its case', { domain: 'PAY.example' }, ({ domain }) => domain === 'Pay.example'],
    ['metadata', { metadata: { order: '3' } }, ({ order }) => order === '3'],
    ['two pairs of metadata', { metadata: { order: '3', all: 'yes=1' } }, ({ order }) => order === '3'],
    ['a pair cut elsewhere', { metadata: { 'all=yes': '1' } }, () => false],
    ['from a time on', { createdAfter: from }, ({ at }) => at >= from],
    ['a stretch of time', { createdAfter: from, createdBefore: to }, ({ at }) => at >= from && at < to],
    ['a time and a tag', { createdBefore: to, tag: 'receipt' }, ({ at, tag }) => at < to && tag === 'receipt'],
    ['everything at once', { recipient: 'ann@people.example', statuses: ['delivered'], tag: 'otp', category: 'auth.otp', domain: 'shop.example', metadata: { order: '4' }, createdAfter: samples[2]?.at }, (s) =>
      s.recipient.startsWith('Ann') && s.outcome === 'delivered' && s.tag === 'otp' && s.category === 'auth.otp' && s.domain === 'shop.example' && s.order === '4' && s.at >= (samples[2]?.at ?? from)],
  ])('filtered by %s gives exactly those, newest first, whatever the page', async (_, filter, matches) => {
    const all = wanted(matches);
    expect(await ask(filter)).toEqual(all);
    expect(await ask(filter, 3)).toEqual(all);
  });

  test('pages messages of one millisecond without loss or repeat', async () => {
    const accountId = uuid();
    const same = Array.from({ length: 7 }, () => new MailRecords({ accountId, at: new Date(Date.UTC(2026, 2, 4)) }));
    await runtime.bus.publish([limits(accountId, 30), ...same.map((mail) => mail.accepted())]);
    const ids = await ask({ scope: { accountId, mode: 'live' } }, 2);
    expect([...ids].sort()).toEqual(same.map(({ messageId }) => messageId).sort());
  });

  test('refuses a cursor of another account', async () => {
    const { page } = await views.listMessages(request({ scope: { accountId: account, mode: 'live' }, page: { limit: 1, after: '' } }));
    await expect(views.listMessages(request({ scope: { accountId: other, mode: 'live' }, page: { limit: 0, after: page?.nextCursor ?? '' } })))
      .rejects.toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/after' }] });
  });
});

describe('retention', () => {
  test('hides what is older than the plan keeps, at once, and gives 410 for a cursor before it', async () => {
    const accountId = uuid();
    const scope = { accountId, mode: 'live' };
    const [old, fresh] = [new MailRecords({ accountId, at: runtime.manual.now() }), new MailRecords({ accountId, at: new Date(runtime.manual.now().getTime() + 5 * 86_400_000) })];
    await runtime.bus.publish([limits(accountId, 7, 1n)]);
    await runtime.bus.publish([old.accepted()]);
    runtime.manual.advance(5 * 86_400_000);
    await runtime.bus.publish([fresh.accepted()]);
    const events = async (afterSeq: bigint) => (await feed.listEvents({ scope, afterSeq, types: [], limit: 10, waitMs: 0 }));
    expect((await events(0n)).events.map(({ seq }) => seq)).toEqual([1n, 2n, 3n, 4n]);
    runtime.manual.advance(3 * 86_400_000);
    expect((await events(0n)).events.map(({ seq }) => seq)).toEqual([3n, 4n]);
    expect((await events(2n)).events.map(({ seq }) => seq)).toEqual([3n, 4n]);
    await expect(events(1n)).rejects.toMatchObject({ code: 'cursor_expired' });
    const { messages } = await views.listMessages(request({ scope }));
    expect(messages.map(({ id }) => id)).toEqual([fresh.messageId]);
    expect((await views.getMessages({ scope, messageIds: [old.messageId] })).results[0]?.result?.$case).toBe('refused');
    expect((await feed.listMessageEvents({ scope, messageId: old.messageId })).events).toEqual([]);
    // An older version of the limits changes nothing; all expired, the log goes on where it is.
    await runtime.bus.publish([limits(accountId, 30, 0n)]);
    runtime.manual.advance(30 * 86_400_000);
    expect(await events(0n)).toMatchObject({ events: [], nextSeq: 4n, hasMore: false });
    expect(await events(4n)).toMatchObject({ events: [], nextSeq: 4n });
  });
});
