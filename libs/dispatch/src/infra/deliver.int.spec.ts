import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { timeOfUuid, type ItemResult } from '@nexoramail/kernel';
import { parseReturnPath } from '@nexoramail/mail';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { eventually, testRuntime, usePostgres } from '@nexoramail/testing';
import type { AcceptedMessage } from '../application/ports/accept-ports.js';
import type { NewMessage } from '../domain/submission.js';
import { aMessage, ACME, OTHER } from '../fixtures/a-message.js';
import { eventsOf, stepsOf, typesOf } from '../fixtures/deliveries.js';
import { makeDkimKey } from '../fixtures/dkim-keys.js';
import { Neighbours } from '../fixtures/neighbours.js';
import { MIGRATIONS } from '../migrations.js';
import { buildAccept, buildContent, type AcceptParts } from './build-accept.js';
import { buildDeliver, INTERNET_DELIVERY, type DeliverParts } from './build-deliver.js';
import { DeliveryService } from './delivery-service.js';
import { PgSwitches } from './pg-switches.js';

const postgres = usePostgres({ schema: 'mail', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { mail: () => postgres.url } });
const { ids, manual } = runtime;
let sandbox: Sandbox;
let neighbours: Neighbours;
let accept: AcceptParts;
let deliver: DeliverParts;
let service: DeliveryService;
let switches: PgSwitches;
let unregister = (): void => undefined;

const one = (text: string) => ({ name: '', text });

beforeAll(async () => { sandbox = await startSandbox({ clock: manual }); });
afterAll(() => sandbox.stop());

beforeEach(async () => {
  await postgres.truncate();
  await postgres.db.query(one('INSERT INTO switches DEFAULT VALUES'));
  sandbox.store.clear();
  sandbox.rules.reset();
  sandbox.script.reset();
  neighbours = new Neighbours();
  unregister = neighbours.register(runtime.rpc);
  const content = buildContent(runtime, postgres.db);
  switches = new PgSwitches(postgres.db, runtime.monotonic);
  accept = buildAccept(runtime, postgres.db, content, switches);
  deliver = buildDeliver(runtime, postgres.db, content, switches, {
    ...INTERNET_DELIVERY, hostName: 'mx.nexora.test', dnsServers: [`127.0.0.1:${sandbox.dnsPort}`], mxPort: sandbox.smtpPort, allowLoopback: true, extraCa: [sandbox.caPem],
  });
  await makeDkimKey(runtime, { accountId: ACME, domainId: neighbours.domainId, domain: 'acme.example', selector: 'nx1', algorithm: 'rsa-sha256' });
  service = new DeliveryService(runtime, postgres.db, deliver);
  service.start();
});
afterEach(async () => {
  await service.stop();
  await accept.store.close();
  unregister();
});

async function send(changes: Parameters<typeof aMessage>[1] = {}): Promise<NewMessage> {
  const message = aMessage(ids, changes);
  const [result] = await accept.submit.execute([message]);
  expect((result as ItemResult<AcceptedMessage>).kind).toBe('ok');
  return message;
}

/** Waits until all that is due has had its try. */
const settled = async (): Promise<void> => { expect(await runtime.settle.settled(8_000)).toBe(true); };
const advance = async (s: number): Promise<void> => {
  manual.advance(s * 1_000);
  await settled();
};

describe('deliver', () => {
  test('delivered: accepted, queued, sent, delivered; signed, with a return path that tells whose it was', async () => {
    const message = await send({ to: ['delivered@sandbox.test'] });
    await settled();
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    const [stored] = sandbox.store.list();
    const raw = Buffer.from(stored?.raw ?? new Uint8Array()).toString();
    expect(raw).toMatch(/^DKIM-Signature: v=1; a=rsa-sha256;[^]*d=acme\.example; s=nx1;/);
    expect(raw).toContain(`Message-ID: <${message.id}@acme.example>`);
    const [local = '', domain] = (stored?.envelopeFrom ?? '').split('@');
    expect(domain).toBe('rp.acme.example');
    expect(parseReturnPath(local, runtime.keys.tokenRing)).toMatchObject({ accountRef: 7 });
    const { rows } = await postgres.db.query(one('SELECT status, attempts, final_at FROM recipient'));
    expect(rows).toEqual([{ status: 'delivered', attempts: 1, final_at: manual.now() }]);
    expect((await postgres.db.query(one('SELECT FROM queue'))).rowCount).toBe(0);
    const attempt = (await eventsOf(postgres.db, message.id)).at(-1)?.attempt;
    expect(attempt).toMatchObject({ n: 1, outcome: 'accepted', mx: 'mx.sandbox.test', tlsVersion: 'TLSv1.3' });
    expect(attempt?.transcript.some(({ line }) => line.startsWith('MAIL FROM:'))).toBe(true);
  });

  test('the table of outcomes: hard, soft and block bounces end at once, and only hard suppresses, before its event', async () => {
    const sent = await Promise.all(['bounce', 'full', 'blocked'].map((name) => send({ to: [`${name}@sandbox.test`] })));
    await settled();
    const ends = await Promise.all(sent.map(async ({ id }) => (await stepsOf(postgres.db, id)).at(-1)));
    expect(ends.map((end) => [end?.type, end?.code, end?.class, end?.reason])).toEqual([
      ['email.bounced', 550, 'hard', 'unknown_user'], ['email.bounced', 552, 'soft', 'mailbox_full'], ['email.bounced', 550, 'block', 'policy'],
    ]);
    expect(neighbours.suppressions.map(({ address, sourceEventId }) => [address, sourceEventId.startsWith('evt_')])).toEqual([['bounce@sandbox.test', true]]);
    const next = await send({ to: ['bounce@sandbox.test'] });
    await settled();
    expect(await typesOf(postgres.db, next.id)).toEqual(['accepted', 'suppressed']);
  });

  test('sec-F15: 250, 450 and 550 in one message: each recipient its own end', async () => {
    const message = await send({ to: ['delivered@sandbox.test', 'defer@sandbox.test', 'bounce@sandbox.test'] });
    await settled();
    const steps = await stepsOf(postgres.db, message.id);
    const last = (n: number) => steps.filter((step) => step.n === n).at(-1)?.type;
    expect([last(0), last(1), last(2)]).toEqual(['email.delivered', 'email.delayed', 'email.bounced']);
    expect(steps.filter(({ type }) => type === 'email.sent')).toHaveLength(3);
  });

  test('defer@ is delivered at the third try; sent is told once; sec-S35: first retry after 60 to 300 s, growing', async () => {
    const message = await send({ to: ['defer@sandbox.test'] });
    await settled();
    const first = (await eventsOf(postgres.db, message.id)).at(-1)?.steps.at(-1);
    const wait = ((first?.nextAttemptAt?.getTime() ?? 0) - manual.now().getTime()) / 1_000;
    expect(wait >= 60 && wait <= 300).toBe(true);
    await advance(301);
    await advance(901);
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delayed', 'delayed', 'delivered']);
  });

  test('sec-F12: a grey list of 300 s is passed at the second try, none earlier', async () => {
    const message = await send({ to: ['greylist@sandbox.test'] });
    await settled();
    await advance(299);
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delayed']);
    await advance(400);
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delayed', 'delivered']);
  });

  test('sec-F13: lost after the final dot is unknown: exactly one more try, then failed and undetermined', async () => {
    const message = await send({ to: ['drop@sandbox.test'] });
    await settled();
    await advance(899);
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delayed']);
    await advance(2);
    const steps = await stepsOf(postgres.db, message.id);
    expect(steps.at(-1)).toMatchObject({ type: 'email.failed', class: 'undetermined', reason: 'outcome_unknown' });
    await advance(86_400);
    expect(await stepsOf(postgres.db, message.id)).toHaveLength(steps.length);
  });

  test('unavailable@ is expired at 48 h with the last reply; a jump over both gives the due retry its one try first', async () => {
    const message = await send({ to: ['unavailable@sandbox.test'] });
    await settled();
    expect((await typesOf(postgres.db, message.id)).filter((type) => type === 'delayed')).toHaveLength(1);
    await advance(48 * 3_600 + 1);
    const types = await typesOf(postgres.db, message.id);
    expect(types).toEqual(['accepted', 'queued', 'sent', 'delayed', 'expired']);
    expect((await stepsOf(postgres.db, message.id)).at(-1)).toMatchObject({ code: 451, reason: 'expired' });
    expect((await eventsOf(postgres.db, message.id)).at(-1)?.attempt).toMatchObject({ n: 2, outcome: 'deferred' });
  });

  test('refuse@ and a refusing host are deferred; a domain that does not exist or takes no mail bounces hard without a connection', async () => {
    const [refuse, host, missing, nullMx] = await Promise.all(['a@refuse.sandbox.test', 'refuse@sandbox.test', 'a@nowhere.invalid', 'a@nullmx.sandbox.test'].map((to) => send({ to: [to] })));
    await settled();
    expect(await typesOf(postgres.db, refuse?.id ?? '')).toEqual(['accepted', 'queued', 'delayed']);
    expect(await typesOf(postgres.db, host?.id ?? '')).toEqual(['accepted', 'queued', 'sent', 'delayed']);
    for (const message of [missing, nullMx]) {
      expect(await typesOf(postgres.db, message?.id ?? '')).toEqual(['accepted', 'queued', 'bounced']);
      expect((await stepsOf(postgres.db, message?.id ?? '')).at(-1)).toMatchObject({ class: 'hard', reason: 'domain_not_found' });
    }
  });

  test('one slow site never delays another', async () => {
    for (let i = 0; i < 30; i++) await send({ to: [`tarpit+${i}@slow.sandbox.test`] });
    const quick = await send({ to: ['delivered@quick.sandbox.test'] });
    await eventually(async () => expect(await typesOf(postgres.db, quick.id)).toContain('delivered'));
    expect(deliver.loop.size).toBeLessThanOrEqual(2);
  });

  test('no key to sign with: mail waits with a reason and is never sent unsigned', async () => {
    neighbours.selectors = ['later'];
    const message = await send();
    await settled();
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued']);
    expect((await postgres.db.query(one('SELECT reason, tries, lease_token FROM queue'))).rows).toEqual([{ reason: 'no_signing_key', tries: 0, lease_token: null }]);
    await makeDkimKey(runtime, { accountId: ACME, domainId: neighbours.domainId, domain: 'acme.example', selector: 'later', algorithm: 'rsa-sha256' });
    await eventually(async () => {
      await advance(61);
      expect(await typesOf(postgres.db, message.id)).toContain('delivered');
    });
  });

  test('a restriction holds due mail, lifting lets it go, termination cancels it', async () => {
    await switches.set({ intakeStopped: false, deliveryStopped: true });
    const first = await send();
    const second = await send({ accountId: OTHER });
    await postgres.db.query(one(`UPDATE gate SET standing = CASE WHEN account_id = '${ACME}' THEN 'restricted' ELSE 'terminated' END`));
    await eventually(async () => {
      expect(await typesOf(postgres.db, second.id)).toEqual(['accepted', 'queued', 'canceled']);
      expect((await postgres.db.query(one('SELECT state FROM queue'))).rows).toEqual([{ state: 4 }]);
    });
    await postgres.db.query(one(`UPDATE gate SET standing = 'active'`));
    await switches.set({ intakeStopped: false, deliveryStopped: false });
    await eventually(async () => expect(await typesOf(postgres.db, first.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']));
  });

  test('a recipient suppressed after acceptance is not mailed: Screen is asked again when its answer is old', async () => {
    await switches.set({ intakeStopped: false, deliveryStopped: true });
    const message = await send({ to: ['late@sandbox.test'] });
    await postgres.db.query(one(`UPDATE queue SET screened_at = screened_at - interval '6 seconds'`));
    neighbours.suppressed.add('late@sandbox.test');
    await switches.set({ intakeStopped: false, deliveryStopped: false });
    await eventually(async () => expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'suppressed']));
    expect(sandbox.store.list()).toHaveLength(0);
  });

  test('one ordering key: the next message starts when all recipients of the one before are final', async () => {
    const messages = [aMessage(ids, { orderingKey: 'o', to: ['defer@sandbox.test', 'delivered@sandbox.test'] }), aMessage(ids, { orderingKey: 'o' }), aMessage(ids, { orderingKey: 'o' })];
    await accept.submit.execute(messages);
    await settled();
    expect(await typesOf(postgres.db, messages[1]?.id ?? '')).toEqual(['accepted', 'queued']);
    await advance(301);
    await advance(901);
    for (const { id } of messages.slice(1)) expect(await typesOf(postgres.db, id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
  });

  test('scheduled mail is released at its time; sensitive content is gone with the last end', async () => {
    const scheduled = await send({ scheduledAt: new Date(manual.now().getTime() + 3_600_000) });
    const secret = await send({ sensitive: true, category: 'auth.otp' });
    await settled();
    expect(await typesOf(postgres.db, scheduled.id)).toEqual(['accepted', 'scheduled']);
    expect((await postgres.db.query<{ message_id: string }>(one('SELECT message_id FROM content UNION SELECT message_id FROM content_key'))).rows).toEqual([{ message_id: scheduled.id }]);
    expect(await typesOf(postgres.db, secret.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    await advance(3_601);
    expect(await typesOf(postgres.db, scheduled.id)).toEqual(['accepted', 'scheduled', 'queued', 'sent', 'delivered']);
  });

  test('test mode runs the same states without a socket', async () => {
    const sessions = sandbox.counters.read().total.sessions;
    const [ok, bounce] = [await send({ mode: 'test' }), await send({ mode: 'test', to: ['bounce@anywhere.example'] })];
    await settled();
    expect(await typesOf(postgres.db, ok.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    expect(await typesOf(postgres.db, bounce.id)).toEqual(['accepted', 'queued', 'sent', 'bounced']);
    expect(sandbox.counters.read().total.sessions).toEqual(sessions);
  });

  test('submitted MIME arrives byte for byte but for our headers', async () => {
    const body = '..leading dot\r\n\xe9 8-bit\r\n' + 'x'.repeat(998) + '\r\n';
    const raw = Buffer.from(`From: shop@acme.example\r\nTo: a@b.example\r\nBcc: hidden@b.example\r\nX-Nexora-Tag: t\r\nSubject: s\r\nMIME-Version: 1.0\r\n\r\n${body}`, 'latin1');
    const message = await send({ source: 'smtp', client: 'client.example ([192.0.2.1])', content: { kind: 'raw', bytes: raw, replyTo: [] } });
    await settled();
    const seen = Buffer.from(sandbox.store.list()[0]?.raw ?? new Uint8Array()).toString('latin1');
    expect(seen.endsWith(`\r\n\r\n${body}`)).toBe(true);
    expect(seen).not.toMatch(/Bcc|X-Nexora/i);
    expect(seen).toContain('Received: from client.example ([192.0.2.1]) by mx.nexora.test with ESMTPSA id');
    expect(seen).toContain(`Message-ID: <${message.id}@acme.example>`);
    expect(timeOfUuid(message.id)).toBeGreaterThan(0);
  });

  test('sec-A4: bare line feeds behind the doors are not sent: failed', async () => {
    const raw = Buffer.from('From: shop@acme.example\r\nSubject: s\r\n\r\na\n.\r\nMAIL FROM:<evil@example.org>\r\n');
    const message = await send({ source: 'smtp', content: { kind: 'raw', bytes: raw, replyTo: [] } });
    await settled();
    expect((await stepsOf(postgres.db, message.id)).at(-1)).toMatchObject({ type: 'email.failed', reason: 'content_rejected' });
    expect(sandbox.store.list()).toHaveLength(0);
  });

  test('compliance away at the lease: rows wait, no try is counted', async () => {
    await switches.set({ intakeStopped: false, deliveryStopped: true });
    const message = await send();
    await postgres.db.query(one(`UPDATE queue SET screened_at = screened_at - interval '6 seconds'`));
    neighbours.away = true;
    await switches.set({ intakeStopped: false, deliveryStopped: false });
    await eventually(async () => expect((await postgres.db.query(one('SELECT reason, tries, state FROM queue'))).rows).toEqual([{ reason: 'temporarily_unavailable', tries: 0, state: 5 }]));
    neighbours.away = false;
    await advance(16);
    expect(await typesOf(postgres.db, message.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
  });

  test('a smarthost takes everything, over its own site', async () => {
    await service.stop();
    const content = buildContent(runtime, postgres.db);
    deliver = buildDeliver(runtime, postgres.db, content, switches, { ...INTERNET_DELIVERY, smarthost: { host: '127.0.0.1', port: sandbox.smtpPort, implicitTls: false } });
    service = new DeliveryService(runtime, postgres.db, deliver);
    service.start();
    const [ok, bounce] = [await send({ to: ['delivered@nowhere.invalid'] }), await send({ to: ['bounce@elsewhere.example'] })];
    await settled();
    expect(await typesOf(postgres.db, ok.id)).toEqual(['accepted', 'queued', 'sent', 'delivered']);
    expect((await stepsOf(postgres.db, bounce.id)).at(-1)).toMatchObject({ type: 'email.bounced', class: 'hard' });
    expect((await eventsOf(postgres.db, ok.id)).at(-1)?.attempt?.mx).toBe('127.0.0.1');
  });
});
