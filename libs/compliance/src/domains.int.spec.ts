import { describe, expect, test } from '@jest/globals';
import { accountsChanges, AccountsChange, type Limits } from '@nexoramail/contracts';
import { isAppError } from '@nexoramail/kernel';
import { codeOf, newUuid, useCompliance } from './testing/compliance-stack.js';

const stack = useCompliance();
const { domains, limits, keyRequests, manual, runtime } = stack;
const HOUR = 3_600_000;
const live = (accountId: string): { accountId: string; mode: string } => ({ accountId, mode: 'live' });
const statuses = (domain: { records: { purpose: string; status: string }[] } | undefined): string => (domain?.records ?? []).map(({ purpose, status }) => `${purpose} ${status}`).join(', ');
const changesOf = async (accountId: string): Promise<string[]> => (await stack.decisionsOf(accountId)).flatMap(({ decision }) => (decision?.$case === 'domain' ? [`${decision.domain.status} v${decision.domain.version}${decision.domain.deleted ? ' deleted' : ''}`] : []));

describe('a domain', () => {
  test('is verified once its records are in the DNS, and degraded when one goes', async () => {
    const accountId = newUuid();
    const { domain } = await domains.createDomain({ scope: live(accountId), name: 'Shop-1.Example.' });
    expect(domain).toMatchObject({ name: 'shop-1.example', status: 'pending' });
    expect(statuses(domain)).toBe('dkim pending, return_path pending, dmarc pending, tracking pending');
    const call = { scope: live(accountId), domainId: domain?.id ?? '' };

    expect(statuses((await domains.verifyDomain(call)).domain)).toBe('dkim missing, return_path missing, dmarc missing, tracking missing');
    stack.publishRecords(domain, 'dkim', 'return_path');
    const verified = (await domains.verifyDomain(call)).domain;
    expect([verified?.status, statuses(verified)]).toEqual(['verified', 'dkim ok, return_path ok, dmarc missing, tracking missing']);
    expect(verified?.verifiedAt).toEqual(manual.now());

    stack.zone.remove(`bounce.shop-1.example`);
    const degraded = (await domains.verifyDomain(call)).domain;
    expect([degraded?.status, statuses(degraded)]).toEqual(['degraded', 'dkim ok, return_path missing, dmarc missing, tracking missing']);
    expect((await domains.getDomain(call)).domain).toEqual(degraded);
    expect(await changesOf(accountId)).toEqual(['pending v1', 'verified v2', 'degraded v3']);
  });

  test('shows what was seen and how to mend it; a DNS that does not answer changes nothing', async () => {
    const accountId = newUuid();
    const domain = await stack.verifiedDomain(accountId, 'shop-2.example');
    const call = { scope: live(accountId), domainId: domain.id };
    const host = domain.records.find(({ purpose }) => purpose === 'dkim')?.host ?? '';
    stack.zone.put({ name: host, type: 'SERVFAIL', values: [] });
    expect((await domains.verifyDomain(call)).domain).toMatchObject({ status: 'verified', records: [{ status: 'error' }, {}, {}, {}] });
    stack.zone.remove(host);
    stack.zone.put({ name: host, type: 'TXT', values: ['v=DKIM1; p=AAAA'] });
    expect((await domains.verifyDomain(call)).domain).toMatchObject({ status: 'degraded', records: [{ status: 'mismatch', seen: ['v=DKIM1; p=AAAA'], fix: expect.stringContaining(host) }, {}, {}, {}] });
  });

  test('is looked at by itself: found when published, lost, and failed after a day without mending', async () => {
    const accountId = newUuid();
    const { domain } = await domains.createDomain({ scope: live(accountId), name: 'shop-3.example' });
    stack.publishRecords(domain);
    for (const ms of [2 * 60_000, 2 * HOUR]) {
      manual.advance(ms);
      await stack.decisionsOf(accountId);
    }
    stack.zone.remove('bounce.shop-3.example');
    for (const ms of [HOUR, 25 * HOUR]) {
      manual.advance(ms);
      await stack.decisionsOf(accountId);
    }
    expect(await changesOf(accountId)).toEqual(['pending v1', 'verified v2', 'degraded v3', 'failed v4']);
  });

  test('sec-A53: of another account is not there, in any call', async () => {
    const [mine, theirs] = [newUuid(), newUuid()];
    const { domain } = await domains.createDomain({ scope: live(theirs), name: 'shop-4.example' });
    const call = { scope: live(mine), domainId: domain?.id ?? '' };
    expect(await Promise.all([domains.getDomain(call), domains.verifyDomain(call), domains.deleteDomain(call)].map(codeOf))).toEqual(['not_found', 'not_found', 'not_found']);
    expect((await domains.listDomains({ scope: live(mine), page: undefined })).domains).toEqual([]);
    expect((await domains.listDomains({ scope: live(theirs), page: undefined })).domains).toHaveLength(1);
  });

  test('is one account\'s: whoever shows the records first; the other one is told', async () => {
    const [first, second, third] = [newUuid(), newUuid(), newUuid()];
    const mine = (await domains.createDomain({ scope: live(first), name: 'shop-5.example' })).domain;
    const theirs = (await domains.createDomain({ scope: live(second), name: 'shop-5.example' })).domain;
    stack.publishRecords(mine);
    stack.publishRecords(theirs, 'dkim');
    const verify = (accountId: string, domainId = ''): Promise<unknown> => codeOf(domains.verifyDomain({ scope: live(accountId), domainId }));
    const answers = await Promise.all([verify(first, mine?.id), verify(second, theirs?.id)]);
    expect(answers.toSorted()).toEqual(['conflict', 'ok']);
    expect(await codeOf(domains.createDomain({ scope: live(third), name: 'SHOP-5.example' }))).toBe('conflict');
    const [row] = await stack.rows<{ owners: number }>(`SELECT count(*)::int AS owners FROM domain WHERE name = 'shop-5.example' AND state = 'verified'`);
    expect(row?.owners).toBe(1);
  });

  test('is made once by eight at a time, and the plan\'s limit is exact', async () => {
    const accountId = newUuid();
    limits.set(accountId, { domains: 3, version: 1n });
    const same = await Promise.all(Array.from({ length: 8 }, () => codeOf(domains.createDomain({ scope: live(accountId), name: 'shop-6.example' }))));
    expect(same.toSorted()).toEqual([...Array<string>(7).fill('conflict'), 'ok']);
    const others = await Promise.all(Array.from({ length: 8 }, (_, n) => codeOf(domains.createDomain({ scope: live(accountId), name: `shop-6-${n}.example` }))));
    expect(others.filter((answer) => answer === 'ok')).toHaveLength(2);
    expect(others.filter((answer) => answer === 'plan_limit_domains')).toHaveLength(6);
  });

  test('follows the newest limits that the topic told', async () => {
    const accountId = newUuid();
    const told = (version: bigint, count: number): Limits => ({
      accountId, accountRef: 1n, version, plan: 'starter', messagesPerPeriod: 1n, periodStart: undefined, periodEnd: undefined, domains: count, webhooks: 0, retentionDays: 1, templates: false, warmupExempt: false, defaultCategory: '',
    });
    await runtime.bus.publish([told(3n, 1), told(2n, 9)].map((own) => ({
      topic: accountsChanges.name, key: accountId, eventId: newUuid(), type: 'limits_changed', headers: {}, payload: AccountsChange.encode({ change: { $case: 'limits', limits: own } }).finish(),
    })));
    expect(await codeOf(domains.createDomain({ scope: live(accountId), name: 'shop-7.example' }))).toBe('ok');
    const error: unknown = await domains.createDomain({ scope: live(accountId), name: 'shop-7b.example' }).catch((thrown: unknown) => thrown);
    expect(isAppError(error) && error.message).toMatch(/includes 1 domains/);
  });

  test('is deleted once, publishes it, and frees its name', async () => {
    const accountId = newUuid();
    const domain = await stack.verifiedDomain(accountId, 'shop-8.example');
    const remove = (): Promise<unknown> => codeOf(domains.deleteDomain({ scope: live(accountId), domainId: domain.id }));
    expect((await Promise.all([remove(), remove()])).toSorted()).toEqual(['not_found', 'ok']);
    expect(await changesOf(accountId)).toEqual(['pending v1', 'verified v2', 'verified v3 deleted']);
    expect(await codeOf(domains.createDomain({ scope: live(newUuid()), name: 'shop-8.example' }))).toBe('ok');
  });

  test.each(['', 'localhost', 'shop example', '-a.example', '192.0.2.1', `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(40)}.example`])('%j is no domain, and costs no key', async (name) => {
    const before = keyRequests.length;
    const error: unknown = await domains.createDomain({ scope: live(newUuid()), name }).catch((thrown: unknown) => thrown);
    expect(isAppError(error) && [error.code, error.errors[0]?.pointer]).toEqual(['validation_failed', '/name']);
    expect(keyRequests).toHaveLength(before);
  });

  test('pages hold each domain once, newest first', async () => {
    const accountId = newUuid();
    for (let n = 0; n < 5; n++) {
      manual.advance(1);
      await domains.createDomain({ scope: live(accountId), name: `page-${n}.example` });
    }
    const seen: string[] = [];
    let after = '';
    do {
      const { domains: found, page } = await domains.listDomains({ scope: live(accountId), page: { limit: 2, after } });
      seen.push(...found.map(({ name }) => name));
      after = page?.nextCursor ?? '';
    } while (after !== '');
    expect(seen).toEqual([4, 3, 2, 1, 0].map((n) => `page-${n}.example`));
  });
});
