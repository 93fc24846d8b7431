import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  AccountAdminServiceService, AccountsChange, AccountsServiceService, ApiKeysServiceService, IdentityServiceService, MailUsage,
  type AccountAdminService, type AccountsService, type ApiKeysService, type IdentityService,
} from '@nexoramail/contracts';
import { hashApiKey, isAppError, parseApiKey, systemRandom, uuid7 } from '@nexoramail/kernel';
import { startService, type RunningService } from '@nexoramail/platform';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { decodeTotpSecret, totpCode, totpStep } from './domain/totp.js';
import { AccountsModule, MIGRATIONS } from './index.js';

const postgres = usePostgres({ schema: 'accounts', migrations: MIGRATIONS });
const runtime = testRuntime({ databases: { accounts: () => postgres.url } });
const { manual } = runtime;
const identity = runtime.rpc.client<IdentityService>(IdentityServiceService);
const apiKeys = runtime.rpc.client<ApiKeysService>(ApiKeysServiceService);
const accounts = runtime.rpc.client<AccountsService>(AccountsServiceService);
const admin = runtime.rpc.client<AccountAdminService>(AccountAdminServiceService);

const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const PASSWORD = 'a rather long sentence';
let service: RunningService;
const published: AccountsChange[] = [];

beforeAll(async () => {
  await runtime.bus.subscribe({
    group: 'spec', topics: ['nexora.accounts.changes.v1'],
    handle: (records) => Promise.resolve(void published.push(...records.map(({ payload }) => AccountsChange.decode(payload)))),
    park: (_record, error) => Promise.reject(error),
  });
  service = await startService(runtime, { name: 'accounts', module: AccountsModule.register(runtime) });
});
afterAll(() => service.stop());
beforeEach(() => void (published.length = 0));

const newUuid = (): string => uuid7(Date.now(), systemRandom.bytes(10));
const codeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'ok', (error: unknown) => (isAppError(error) ? error.code : error));
const rowsOf = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => (await postgres.db.query({ name: `spec_${text.length}_${text.slice(0, 40)}`, text }, values)).rows;
const bus = async (): Promise<void> => expect(await runtime.settle.settled(5_000)).toBe(true);

async function anAccount(name = 'Acme'): Promise<string> {
  const accountId = newUuid();
  await admin.createAccount({ accountId, name, plan: 'growth', defaultCategory: 'account.notice', warmupExempt: true });
  return accountId;
}

async function aUser(accountId: string, email: string, totpSecret = ''): Promise<string> {
  const userId = newUuid();
  await admin.createUser({ userId, accountId, email, password: PASSWORD, role: accountId === '' ? 'staff_admin' : 'owner', totpSecret });
  return userId;
}

describe('accounts and limits', () => {
  test('eight creators of one account at once make one row and publish it once', async () => {
    const accountId = newUuid();
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.createAccount({ accountId, name: 'Acme', plan: 'starter', defaultCategory: '', warmupExempt: false })));
    expect(new Set(answers.map(({ account }) => account?.accountRef)).size).toBe(1);
    expect(await rowsOf('SELECT id FROM account WHERE id = $1', [accountId])).toHaveLength(1);
    await bus();
    expect(published.map(({ change }) => change?.$case)).toEqual(['account', 'limits']);
  });

  test('a new account has its plan\'s limits and a period of one month', async () => {
    const accountId = await anAccount();
    const { results: [first, second] } = await accounts.getLimits({ accountIds: [accountId, newUuid()] });
    expect(first?.result).toMatchObject({
      $case: 'ok', ok: { version: 1n, plan: 'growth', messagesPerPeriod: 100_000n, domains: 10, webhooks: 0, retentionDays: 30, templates: true, warmupExempt: true, defaultCategory: 'account.notice' },
    });
    expect(second?.result).toMatchObject({ $case: 'refused', refused: { code: 'not_found' } });
  });

  test('a change grows the version and is published once; what changes nothing publishes nothing', async () => {
    const accountId = await anAccount();
    await bus();
    published.length = 0;
    const { limits } = await admin.setLimits({ accountId, messagesPerPeriod: 50n, domains: 1 });
    expect(limits).toMatchObject({ version: 2n, messagesPerPeriod: 50n, domains: 1, retentionDays: 30 });
    expect((await admin.setLimits({ accountId, messagesPerPeriod: 50n })).limits?.version).toBe(2n);
    expect((await admin.setPlan({ accountId, plan: 'enterprise' })).limits).toMatchObject({ version: 3n, plan: 'enterprise', messagesPerPeriod: 50n, retentionDays: 90 });
    expect(await codeOf(admin.setPlan({ accountId, plan: 'gold' }))).toBe('validation_failed');
    await bus();
    expect(published.map(({ change }) => change?.$case)).toEqual(['limits', 'account', 'limits']);
  });

  test('eight changes at once leave eight versions', async () => {
    const accountId = await anAccount();
    await Promise.all(Array.from({ length: 8 }, (_, n) => admin.setLimits({ accountId, messagesPerPeriod: BigInt(100 + n) })));
    expect((await accounts.getAccount({ accountId })).limits?.version).toBe(9n);
  });

  test('a period that is over is rolled on, with a newer version, whoever asks first', async () => {
    const accountId = await anAccount();
    const before = (await accounts.getAccount({ accountId })).limits;
    manual.advance(40 * 86_400_000);
    const after = (await accounts.getAccount({ accountId })).limits;
    expect(after?.periodStart).toEqual(before?.periodEnd);
    expect(after?.version).toBe(2n);
    await bus();
    const ofThis = published.flatMap(({ change }) => (change?.$case === 'limits' && change.limits.accountId === accountId ? [change.limits.version] : []));
    expect(ofThis).toEqual([1n, 2n]);
  });

  test('the job begins periods by itself, set after set', async () => {
    const accountId = await anAccount();
    manual.advance(70 * 86_400_000);
    await bus();
    const versions = published.flatMap(({ change }) => (change?.$case === 'limits' && change.limits.accountId === accountId ? [[change.limits.version, change.limits.periodEnd]] : []));
    expect(versions.map(([version]) => version)).toEqual([1n, 2n]);
    expect(versions[1]?.[1]).toEqual((await accounts.getAccount({ accountId })).limits?.periodEnd);
  });

  test('usage is the newest total of the running period, whatever the order and the repeats', async () => {
    const accountId = await anAccount();
    const { limits } = await accounts.getAccount({ accountId });
    const total = (accepted: bigint, second: number): MailUsage => ({ accountId, mode: 'live', periodStart: limits?.periodStart, accepted, at: new Date(1_790_000_000_000 + second * 1000) });
    const publish = (...usages: MailUsage[]): Promise<void> => runtime.bus.publish(usages.map((usage) => (
      { topic: 'nexora.mail.usage.v1', key: accountId, eventId: newUuid(), type: 'usage', payload: MailUsage.encode(usage).finish(), headers: {} })));
    await publish(total(7n, 2), total(5n, 1));
    await publish(total(6n, 1));
    expect(await accounts.getUsage({ scope: { accountId, mode: 'live' } })).toMatchObject({ used: 7n, limit: 100_000n });
    expect(await accounts.getUsage({ scope: { accountId, mode: 'test' } })).toMatchObject({ used: 0n });
  });
});

describe('API keys', () => {
  const hash = (secret: string): Buffer => hashApiKey(runtime.keys.derive('api-key'), secret);

  test('sec-A49: a key opens its account until it is revoked, and every dead key gets one answer', async () => {
    const accountId = await anAccount();
    const { key, secret } = await apiKeys.createApiKey({ accountId, mode: 'test', name: ' CI ', scopes: ['emails:read', 'emails:send'], expiresAt: undefined });
    expect(parseApiKey(secret)).toEqual({ mode: 'test', prefix: key?.prefix });
    const expiring = await apiKeys.createApiKey({ accountId, mode: 'live', name: 'short', scopes: [], expiresAt: new Date(manual.now().getTime() + 1000) });

    const ask = async (): Promise<unknown[]> => (await identity.authenticate({ keyHashes: [hash(secret), hash(expiring.secret), hash('nxm_live_unknown')] })).results.map(({ result }) =>
      (result?.$case === 'ok' ? `${result.ok.mode} ${result.ok.scopes.join()} ${result.ok.plan} ${result.ok.defaultCategory}` : result?.$case === 'refused' && `${result.refused.code}: ${result.refused.detail}`));
    const dead = 'unauthorized: The API key is not valid: it does not exist, was revoked or has expired.';
    expect(await ask()).toEqual(['test emails:send,emails:read growth account.notice', expect.stringContaining('live emails:send'), dead]);
    manual.advance(1000);
    await apiKeys.revokeApiKey({ accountId, keyId: key?.id ?? '' });
    expect(await ask()).toEqual([dead, dead, dead]);
  });

  test('a revocation is published once, in its own commit, and keeps its first time', async () => {
    const accountId = await anAccount();
    const { key } = await apiKeys.createApiKey({ accountId, mode: 'live', name: 'k', scopes: [], expiresAt: undefined });
    const keyId = key?.id ?? '';
    await bus();
    published.length = 0;
    const answers = await Promise.all(Array.from({ length: 8 }, () => apiKeys.revokeApiKey({ accountId, keyId })));
    manual.advance(5000);
    const again = await apiKeys.revokeApiKey({ accountId, keyId });
    expect(new Set([...answers, again].map((answer) => answer.key?.revokedAt?.getTime())).size).toBe(1);
    await bus();
    expect(published.map(({ change }) => change)).toMatchObject([{ $case: 'apiKey', apiKey: { keyId, revoked: true } }]);
  });

  test('sec-S74: the secret is nowhere in the database', async () => {
    const accountId = await anAccount();
    const { secret } = await apiKeys.createApiKey({ accountId, mode: 'live', name: 'k', scopes: [], expiresAt: undefined });
    const [row] = await rowsOf('SELECT string_agg(to_jsonb(k)::text, $1) AS dump FROM api_key k', [',']);
    expect(String(row?.['dump'])).not.toContain(secret.slice(15));
  });

  test('sec-A53: another account\'s key is not there: neither to see, nor to list, nor to revoke', async () => {
    const [mine, theirs] = [await anAccount(), await anAccount()];
    const { key } = await apiKeys.createApiKey({ accountId: theirs, mode: 'live', name: 'k', scopes: [], expiresAt: undefined });
    const keyId = key?.id ?? '';
    expect(await codeOf(apiKeys.getApiKey({ accountId: mine, keyId }))).toBe('not_found');
    expect(await codeOf(apiKeys.revokeApiKey({ accountId: mine, keyId }))).toBe('not_found');
    expect((await apiKeys.listApiKeys({ accountId: mine, page: undefined })).keys).toEqual([]);
    expect((await apiKeys.getApiKey({ accountId: theirs, keyId })).key?.revokedAt).toBeUndefined();
  });

  test('pages are newest first, complete, and their cursors belong to one account', async () => {
    const [mine, theirs] = [await anAccount(), await anAccount()];
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      manual.advance(1);
      made.unshift((await apiKeys.createApiKey({ accountId: mine, mode: 'live', name: `k${n}`, scopes: [], expiresAt: undefined })).key?.id ?? '');
    }
    const seen: string[] = [];
    let after = '';
    do {
      const { keys, page } = await apiKeys.listApiKeys({ accountId: mine, page: { limit: 2, after } });
      seen.push(...keys.map(({ id }) => id));
      after = page?.nextCursor ?? '';
      if (after !== '') expect(await codeOf(apiKeys.listApiKeys({ accountId: theirs, page: { limit: 2, after } }))).toBe('validation_failed');
    } while (after !== '');
    expect(seen).toEqual(made);
    expect(await codeOf(apiKeys.listApiKeys({ accountId: mine, page: { limit: 101, after: '' } }))).toBe('validation_failed');
    expect(await codeOf(apiKeys.listApiKeys({ accountId: mine, page: { limit: 2, after: 'x' } }))).toBe('validation_failed');
  });

  test('a wish with faults names each of them', async () => {
    const accountId = await anAccount();
    const error: unknown = await apiKeys.createApiKey({ accountId, mode: 'prod', name: ' ', scopes: ['emails:send', 'root'], expiresAt: new Date(0) }).catch((thrown: unknown) => thrown);
    expect(isAppError(error) && error.errors.map(({ pointer }) => pointer)).toEqual(['/name', '/mode', '/scopes/1', '/expires_at']);
    expect(await codeOf(apiKeys.createApiKey({ accountId: newUuid(), mode: 'live', name: 'k', scopes: [], expiresAt: undefined }))).toBe('not_found');
  });

  test('the last use is written beside the request, at most once a minute', async () => {
    const accountId = await anAccount();
    const { key, secret } = await apiKeys.createApiKey({ accountId, mode: 'live', name: 'k', scopes: [], expiresAt: undefined });
    const lastUse = async (): Promise<Date | undefined> => (await apiKeys.getApiKey({ accountId, keyId: key?.id ?? '' })).key?.lastUsedAt;
    await identity.authenticate({ keyHashes: [hash(secret)] });
    let used: Date | undefined;
    for (let tries = 0; used === undefined && tries < 200; tries++) used = await lastUse();
    expect(used).toEqual(manual.now());
    manual.advance(3000);
    await identity.authenticate({ keyHashes: [hash(secret)] });
    expect(await lastUse()).toEqual(used);
  });
});

describe('sign-in', () => {
  const code = (offset = 0): string => totpCode(decodeTotpSecret(TOTP_SECRET) ?? new Uint8Array(), totpStep(runtime.wall.now()) + offset);
  const signIn = (email: string, password = PASSWORD, source = '127.0.0.1'): ReturnType<IdentityService['signIn']> => identity.signIn({ email, password, source });

  test('sec-A51: password, then code: a session under a new token; the old one is dead', async () => {
    const accountId = await anAccount('Acme');
    await aUser(accountId, 'Owner@shop.example', TOTP_SECRET);
    const first = await signIn(' owner@SHOP.example ');
    expect(first.next).toBe('factor');
    expect(await codeOf(identity.getSession({ sessionToken: first.sessionToken }))).toBe('unauthorized');
    const done = await identity.verifyFactor({ sessionToken: first.sessionToken, code: code(), source: '' });
    expect(done.sessionToken).not.toBe(first.sessionToken);
    expect(await identity.getSession({ sessionToken: done.sessionToken })).toMatchObject({ email: 'Owner@shop.example', role: 'owner', accountId, accountName: 'Acme', plan: 'growth' });
    expect(await codeOf(identity.verifyFactor({ sessionToken: first.sessionToken, code: code(1), source: '' }))).toBe('unauthorized');
    await identity.signOut({ sessionToken: done.sessionToken });
    await identity.signOut({ sessionToken: done.sessionToken });
    expect(await codeOf(identity.getSession({ sessionToken: done.sessionToken }))).toBe('unauthorized');
  });

  test('sec-S54 sec-A52: a code raced by eight sessions opens one of them', async () => {
    await aUser('', 'staff@nexora.example', TOTP_SECRET);
    const waiting = await Promise.all(Array.from({ length: 8 }, () => signIn('staff@nexora.example')));
    const now = code();
    const answers = await Promise.all(waiting.map(({ sessionToken }) => codeOf(identity.verifyFactor({ sessionToken, code: now, source: '' }))));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'unauthorized')).toHaveLength(7);
  });

  test('sec-S66: a wrong password, an unknown and a malformed address get one answer', async () => {
    await aUser(await anAccount(), 'known@shop.example');
    const answers = await Promise.all(['known@shop.example', 'unknown@shop.example', 'no address', '', 'nul\0@shop.example'].map((email) => signIn(email, 'wrong wrong wrong').catch((error: unknown) => error)));
    expect(answers.map((error) => (isAppError(error) ? `${error.code} ${error.message}` : error))).toEqual(Array(5).fill('unauthorized The address or the password is not right.'));
  });

  test('after ten failures of one source the right password waits too; another source does not', async () => {
    await aUser(await anAccount(), 'target@shop.example');
    const answers: unknown[] = [];
    for (let n = 0; n < 11; n++) answers.push(await codeOf(signIn('target@shop.example', 'wrong wrong wrong', '192.0.2.1')));
    expect(answers).toEqual([...Array<string>(10).fill('unauthorized'), 'rate_limited']);
    expect(await codeOf(signIn('target@shop.example', PASSWORD, '192.0.2.1'))).toBe('rate_limited');
    expect(await codeOf(signIn('target@shop.example', PASSWORD, '192.0.2.2'))).toBe('ok');
  });

  test('one source cannot lock an address for all the others, however often it tries', async () => {
    await aUser(await anAccount(), 'wanted@shop.example');
    for (let n = 0; n < 120; n++) await codeOf(signIn('wanted@shop.example', 'wrong wrong wrong', '192.0.2.7'));
    expect(await codeOf(signIn('wanted@shop.example', PASSWORD, '192.0.2.8'))).toBe('ok');
  });

  test('tries spread over many sources are counted for the address', async () => {
    await aUser(await anAccount(), 'spread@shop.example');
    const answers: unknown[] = [];
    for (let n = 0; n < 101; n++) answers.push(await codeOf(signIn('spread@shop.example', 'wrong wrong wrong', `198.51.100.${n}`)));
    expect([answers.at(-2), answers.at(-1)]).toEqual(['unauthorized', 'rate_limited']);
  }, 30_000);

  test('a session ends after an hour without use, and after twelve with it', async () => {
    await aUser(await anAccount(), 'idle@shop.example');
    const idle = await signIn('idle@shop.example');
    manual.advance(3_599_000);
    expect(await codeOf(identity.getSession({ sessionToken: idle.sessionToken }))).toBe('ok');
    manual.advance(3_600_000);
    expect(await codeOf(identity.getSession({ sessionToken: idle.sessionToken }))).toBe('unauthorized');

    const used = await signIn('idle@shop.example');
    for (let minutes = 0; minutes < 12 * 60; minutes += 45) {
      expect(await codeOf(identity.getSession({ sessionToken: used.sessionToken }))).toBe('ok');
      manual.advance(45 * 60_000);
    }
    expect(await codeOf(identity.getSession({ sessionToken: used.sessionToken }))).toBe('unauthorized');
  });

  test('sec-S66: neither a token nor a TOTP secret can be read from the database', async () => {
    await aUser(await anAccount(), 'sealed@shop.example', TOTP_SECRET);
    const { sessionToken } = await signIn('sealed@shop.example');
    const [row] = await rowsOf('SELECT (SELECT string_agg(to_jsonb(s)::text, $1) FROM session s) || (SELECT string_agg(to_jsonb(f)::text, $1) FROM factor f) AS dump', [',']);
    expect(String(row?.['dump'])).not.toContain(Buffer.from(sessionToken, 'base64url').toString('hex'));
    expect(String(row?.['dump'])).not.toContain(Buffer.from('12345678901234567890').toString('hex'));
  });

  test('sec-S53: a factor locks after a hundred failures for good', async () => {
    const userId = await aUser(await anAccount(), 'locked@shop.example', TOTP_SECRET);
    await rowsOf('UPDATE factor SET failures = 100 WHERE user_id = $1', [userId]);
    const { sessionToken } = await signIn('locked@shop.example');
    expect(await codeOf(identity.verifyFactor({ sessionToken, code: code(), source: '' }))).toBe('unauthorized');
  });

  test('people are made once; an address belongs to one person; staff need a factor', async () => {
    const accountId = await anAccount();
    const userId = newUuid();
    const person = { userId, accountId, email: 'once@shop.example', password: PASSWORD, role: 'viewer', totpSecret: '' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => codeOf(admin.createUser(person))));
    expect(answers).toEqual(Array(8).fill('ok'));
    expect(await codeOf(admin.createUser({ ...person, userId: newUuid(), email: 'ONCE@shop.example' }))).toBe('conflict');
    expect(await codeOf(admin.createUser({ ...person, userId: newUuid(), accountId: newUuid(), email: 'lost@shop.example' }))).toBe('not_found');
    expect(await codeOf(admin.createUser({ ...person, userId: newUuid(), accountId: '', role: 'staff_admin', email: 's@nexora.example' }))).toBe('validation_failed');
    expect(await codeOf(admin.createUser({ ...person, userId: newUuid(), role: 'staff_admin', email: 't@shop.example' }))).toBe('validation_failed');
  });
});
