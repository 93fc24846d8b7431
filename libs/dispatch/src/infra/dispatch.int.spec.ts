import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  accountsChanges, complianceDecisions, DkimKeysServiceService, MailUsage, MessagesServiceService, QueueAdminServiceService, SubmissionServiceService,
  type DkimKeysService, type MessagesService, type QueueAdminService, type Submission, type SubmissionService,
} from '@nexoramail/contracts';
import { parseDkimRecord } from '@nexoramail/mail';
import { startService, type BusRecord, type RunningService } from '@nexoramail/platform';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { eventually, testRuntime, usePostgres } from '@nexoramail/testing';
import { ACME, OTHER } from '../fixtures/a-message.js';
import { typesOf } from '../fixtures/deliveries.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { INTERNET_DELIVERY } from './build-deliver.js';
import { DispatchModule } from './dispatch.module.js';
import { EpochFolder } from './epoch-folder.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual, rpc } = runtime;
const submission = rpc.client<SubmissionService>(SubmissionServiceService);
const messages = rpc.client<MessagesService>(MessagesServiceService);
const dkim = rpc.client<DkimKeysService>(DkimKeysServiceService);
const admin = rpc.client<QueueAdminService>(QueueAdminServiceService);
const vault = new EpochFolder(`${runtime.dataDir}/epoch`);
let sandbox: Sandbox;
let neighbours: Neighbours;
let service: RunningService;
let unregister = (): void => undefined;
let published: BusRecord[] = [];
let closeSubscription = (): Promise<void> => Promise.resolve();

const one = (text: string) => ({ name: '', text });
const count = async (table: string): Promise<number> => (await postgres.db.query<{ n: number }>(one(`SELECT count(*) AS n FROM ${table}`))).rows[0]?.n ?? -1;
const HOUR = 3_600_000;

beforeAll(async () => { sandbox = await startSandbox({ clock: manual }); });
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  sandbox.store.clear();
  sandbox.rules.reset();
  published = [];
  const subscription = await runtime.bus.subscribe({
    group: 'spec', topics: ['nexora.mail.events.v1', 'nexora.mail.usage.v1'], park: () => Promise.resolve(),
    handle: (records) => { published.push(...records); return Promise.resolve(); },
  });
  closeSubscription = () => subscription.close();
  neighbours = new Neighbours();
  unregister = neighbours.register(rpc);
  service = await startService(runtime, {
    name: 'dispatch',
    module: DispatchModule.register(runtime, {
      delivery: { ...INTERNET_DELIVERY, dnsServers: [`127.0.0.1:${sandbox.dnsPort}`], mxPort: sandbox.smtpPort, allowLoopback: true, extraCa: [sandbox.caPem] },
    }),
  });
  await dkim.ensureDkimKeys({ keys: [{ accountId: ACME, domainId: neighbours.domainId, domain: 'acme.example', selector: 'nx1', algorithm: 'rsa-sha256' }] });
});
afterEach(async () => {
  await service.stop();
  await closeSubscription();
  unregister();
});

function item(changes: Partial<Submission> & { readonly to?: readonly string[] } = {}): Submission {
  const { to = ['delivered@sandbox.test'], ...rest } = changes;
  return {
    messageId: ids.uuid(), accountId: ACME, accountRef: 7n, mode: 'live', source: 'rest', fromAddress: 'shop@acme.example', from: 'Acme <shop@acme.example>', envelopeFrom: '',
    recipients: to.map((address) => ({ address, kind: 'to', displayName: 'Ann' })),
    content: { $case: 'composed', composed: { html: '<p>Hello</p>', text: 'Hello', replyTo: ['help@acme.example'], headers: [{ name: 'X-Order', value: '17' }], attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentId: '', content: Buffer.from('file') }] } },
    category: 'commerce.receipt', tags: ['spec'], metadata: { order: '17' }, scheduledAt: undefined, expiresInS: 0, trackOpens: false, trackClicks: false, sensitive: false,
    orderingKey: '', requireTls: false, idempotencyKey: '', bodyHash: Buffer.alloc(32), receivedAt: manual.now(), subject: 'Grüße', keyId: '', requestId: '', client: '', smtputf8: false,
    ...rest,
  };
}

async function submit(changes: Parameters<typeof item>[0] = {}): Promise<string> {
  const entry = item(changes);
  const { results } = await submission.submit({ items: [entry] });
  expect(results[0]?.result?.$case).toBe('ok');
  return entry.messageId;
}

const view = async (id: string, scope = { accountId: ACME, mode: 'live' }) => (await messages.getMessages({ scope, messageIds: [id] })).results[0]?.result;
const settled = async (): Promise<void> => { expect(await runtime.settle.settled(8_000)).toBe(true); };
const advance = async (ms: number): Promise<void> => {
  manual.advance(ms);
  runtime.wake.signal('clock');
  await settled();
};

describe('dispatch as a service', () => {
  test('Submit to sink over the rpcs: built message, events on the bus in order, view before and after', async () => {
    await admin.setSwitches({ switches: { intakeStopped: false, deliveryStopped: true } });
    const id = await submit();
    const before = await view(id);
    expect(before).toMatchObject({ $case: 'ok', ok: { id, subject: 'Grüße', mode: 'live', replyTo: ['help@acme.example'], metadata: { order: '17' }, recipients: [{ index: 0, status: 'queued', kind: 'to', displayName: 'Ann', attempts: 0 }] } });
    expect((await admin.getSummary({})).due).toBe(1n);
    await admin.setSwitches({ switches: { intakeStopped: false, deliveryStopped: false } });
    await settled();
    expect(await view(id)).toMatchObject({ $case: 'ok', ok: { recipients: [{ status: 'delivered', attempts: 1, lastSmtp: { code: 250, mx: 'mx.sandbox.test' }, finalAt: manual.now() }] } });
    expect(published.filter(({ key, topic }) => key === id && topic.includes('events')).map(({ type }) => type)).toEqual(['email.accepted', 'email.delivered']);
    const raw = sandbox.store.list()[0]?.raw.toString() ?? '';
    expect(raw).toContain('X-Order: 17');
    expect(raw).toContain('To: Ann <delivered@sandbox.test>');
    expect(await count('outbox')).toBe(0);
  });

  test('the view tells what is going on: delayed with its next try and last reply, scheduled, not found elsewhere', async () => {
    const deferred = await submit({ to: ['defer@sandbox.test'] });
    const scheduled = await submit({ scheduledAt: new Date(manual.now().getTime() + 5 * 24 * HOUR) });
    await settled();
    expect(await view(deferred)).toMatchObject({ $case: 'ok', ok: { recipients: [{ status: 'delayed', attempts: 1, lastSmtp: { code: 451 }, nextAttemptAt: expect.any(Date) }] } });
    expect(await view(scheduled)).toMatchObject({ $case: 'ok', ok: { recipients: [{ status: 'scheduled', nextAttemptAt: expect.any(Date) }] } });
    for (const scope of [{ accountId: OTHER, mode: 'live' }, { accountId: ACME, mode: 'test' }]) expect(await view(deferred, scope)).toMatchObject({ $case: 'refused', refused: { code: 'not_found' } });
    expect(await view('not-a-uuid')).toMatchObject({ $case: 'refused', refused: { code: 'not_found' } });
  });

  test('DKIM keys: made once per domain and selector, the private part never leaves', async () => {
    const wish = { accountId: ACME, domainId: neighbours.domainId, domain: 'acme.example', selector: 'nx1', algorithm: 'rsa-sha256' };
    const [first, second] = await Promise.all([dkim.ensureDkimKeys({ keys: [wish] }), dkim.ensureDkimKeys({ keys: [wish, { ...wish, selector: 'bad selector' }] })]);
    const record = (answer: typeof first, i = 0): string => { const result = answer.results[i]?.result; return result?.$case === 'ok' ? result.ok.record : (result?.$case ?? ''); };
    expect(record(first)).toBe(record(second));
    expect(parseDkimRecord(record(first))).toMatchObject({ keyType: 'rsa' });
    expect(record(second, 1)).toBe('refused');
    const { rows } = await postgres.db.query<{ sealed: Buffer }>(one('SELECT sealed FROM dkim_key'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sealed.includes(Buffer.from('2a864886f70d010101', 'hex'))).toBe(false);
  });

  test('usage is told as totals, once per change', async () => {
    await submit({ to: ['a@sandbox.test', 'b@sandbox.test'] });
    await service.stop(); // the job runs each 10 s; a start runs it at once
    service = await startService(runtime, { name: 'dispatch', module: DispatchModule.register(runtime, { role: 'accept' }) });
    await eventually(() => {
      const usage = published.filter(({ topic }) => topic.includes('usage')).map(({ payload }) => MailUsage.decode(payload));
      expect(usage.map(({ accountId, mode, accepted }) => [accountId, mode, accepted])).toEqual([[ACME, 'live', 2n]]);
    });
  });

  test('copies change to newer versions only: limits, standing, domain', async () => {
    await submit();
    const publish = (topic: string, payload: Uint8Array) => runtime.bus.publish([{ topic, key: ACME, eventId: ids.uuid(), type: 't', payload, headers: {} }]);
    const limits = (version: bigint, messagesPerPeriod: bigint) => accountsChanges.codec.encode({
      change: { $case: 'limits', limits: { accountId: ACME, accountRef: 7n, version, plan: 'starter', messagesPerPeriod, periodStart: new Date('2026-03-01T00:00:00Z'), periodEnd: new Date('2026-04-01T00:00:00Z'), domains: 0, webhooks: 0, retentionDays: 7, templates: false, warmupExempt: true, defaultCategory: '' } },
    }).finish();
    await publish(accountsChanges.name, limits(5n, 1n));
    await publish(accountsChanges.name, limits(4n, 1_000n));
    const [refused] = (await submission.submit({ items: [item()] })).results;
    expect(refused?.result).toMatchObject({ $case: 'refused', refused: { code: 'quota_exceeded' } });
    const standing = (version: bigint, text: string) => complianceDecisions.codec.encode({ accountId: ACME, mode: '', at: manual.now(), decision: { $case: 'standing', standing: { accountId: ACME, standing: text, version, changedAt: manual.now(), reason: '' } } }).finish();
    await publish(complianceDecisions.name, standing(3n, 'suspended'));
    await publish(complianceDecisions.name, standing(2n, 'active'));
    const [suspended] = (await submission.submit({ items: [item()] })).results;
    expect(suspended?.result).toMatchObject({ $case: 'refused', refused: { code: 'account_suspended' } });
    const domain = (version: bigint, selectors: string[]) => complianceDecisions.codec.encode({ accountId: ACME, mode: '', at: manual.now(), decision: { $case: 'domain', domain: { domainId: neighbours.domainId, name: 'acme.example', status: 'verified', selectors, returnPathDomain: 'rp.acme.example', version, deleted: false } } }).finish();
    await publish(complianceDecisions.name, domain(9n, ['s9']));
    await publish(complianceDecisions.name, domain(8n, ['s8']));
    expect((await postgres.db.query(one('SELECT selectors, version FROM sender_domain'))).rows).toEqual([{ selectors: ['s9'], version: 9 }]);
  });

  test('sec-F21 content is there just before its time and gone after it: rows first, then the epoch key; the subject with it', async () => {
    const id = await submit();
    await settled();
    const [epoch] = (await postgres.db.query<{ epoch_id: string }>(one('SELECT epoch_id FROM content_key'))).rows;
    await advance(20 * HOUR - 60_000);
    expect([await count('content'), (await view(id))?.$case]).toEqual([1, 'ok']);
    expect(await vault.read(epoch?.epoch_id ?? '')).toBeDefined();
    await advance(180_000);
    await eventually(async () => expect([await count('content'), await count('content_key')]).toEqual([0, 0]));
    await eventually(async () => expect(await vault.read(epoch?.epoch_id ?? '')).toBeUndefined());
    const seen = await view(id);
    expect(seen?.$case === 'ok' && seen.ok.subject).toBeUndefined();
  });

  test('an epoch that content still refers to is kept until 71 h after its slice; keys of coming slices are there early', async () => {
    const id = await submit({ to: ['unavailable@sandbox.test'] });
    await settled();
    const [row] = (await postgres.db.query<{ epoch_id: string }>(one('SELECT epoch_id FROM content_key'))).rows;
    await advance(47 * HOUR);
    expect(await vault.read(row?.epoch_id ?? '')).toBeDefined();
    expect(await typesOf(postgres.db, id)).not.toContain('expired');
    await advance(25 * HOUR);
    await eventually(async () => expect(await vault.read(row?.epoch_id ?? '')).toBeUndefined());
    expect(await count('content_key')).toBe(0);
    expect(published.filter(({ key }) => key === id).at(-1)?.type).toBe('email.expired');
    const soon = new Date(manual.now().getTime() + 600_000).toISOString().slice(0, 13).replaceAll(/[-T]/g, '');
    await eventually(async () => expect(await vault.list()).toContain(`h${soon}`));
  });

  test('sec-F20 a jump of 400 days: what was queued still has its one end, and old days are dropped afterwards', async () => {
    const id = await submit({ to: ['unavailable@sandbox.test'] });
    const old = await submit();
    await settled();
    await advance(400 * 24 * HOUR);
    await eventually(() => expect(published.filter(({ key }) => key === id).at(-1)?.type).toBe('email.expired'));
    expect(published.filter(({ key, type }) => key === id && type === 'email.expired')).toHaveLength(1);
    await advance(2 * HOUR);
    await eventually(async () => expect(await view(old)).toMatchObject({ $case: 'refused', refused: { code: 'not_found' } }));
    await submit();
    await settled();
    expect(await count('queue')).toBe(0);
  }, 30_000);

  test('sec-F32 stop: what is on its way ends or is returned, nothing is left under a lease', async () => {
    await submit({ to: ['tarpit@slow.sandbox.test'] });
    await submit();
    await eventually(() => expect(sandbox.store.list()).toHaveLength(1));
    const started = performance.now();
    await service.stop();
    expect(performance.now() - started).toBeLessThan(10_000);
    expect((await postgres.db.query(one('SELECT tries, lease_token FROM queue'))).rows).toEqual([{ tries: 0, lease_token: null }]);
  }, 15_000);
});
