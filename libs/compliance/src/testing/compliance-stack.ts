import { afterAll, beforeAll, expect } from '@jest/globals';
import {
  AccountsServiceService, complianceDecisions, ComplianceDecision, DkimKeysServiceService, DomainsServiceService, ScreeningServiceService, StandingsServiceService, SuppressionsServiceService,
  type AccountsService, type DkimKeysService, type Domain, type DomainsService, type Limits, type ScreeningService, type StandingsService, type SuppressionsService,
} from '@nexoramail/contracts';
import { isAppError, systemRandom, uuid7 } from '@nexoramail/kernel';
import { startService, type RunningService } from '@nexoramail/platform';
import { startSandbox, type Sandbox } from '@nexoramail/sandbox';
import { testRuntime, usePostgres } from '@nexoramail/platform/testing';
import { APPEND_ONLY, ComplianceModule, MIGRATIONS } from '../index.js';

/** A new UUID in the order of real time. */
export const newUuid = (): string => uuid7(Date.now(), systemRandom.bytes(10));

/** `ok`, the code of an AppError, or the defect itself. */
export const codeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'ok', (error: unknown) => (isAppError(error) ? error.code : error));

/** The running service on a database of the spec's own, with the sandbox's DNS, and stand-ins for accounts and dispatch behind their contracts. */
export function useCompliance() {
  const postgres = usePostgres({ schema: 'compliance', migrations: MIGRATIONS, appendOnly: APPEND_ONLY });
  const runtime = testRuntime({ databases: { compliance: () => postgres.url } });
  const published: ComplianceDecision[] = [];
  const limits = new Map<string, Pick<Limits, 'domains' | 'version'>>();
  const keyRequests: string[] = [];
  let sandbox: Sandbox;
  let service: RunningService;

  const accounts: Pick<AccountsService, 'getLimits'> = {
    getLimits: ({ accountIds }) => Promise.resolve({
      results: accountIds.map((accountId) => {
        const own = limits.get(accountId) ?? { domains: 0, version: 1n };
        const rest = { accountRef: 1n, plan: 'growth', messagesPerPeriod: 1n, periodStart: undefined, periodEnd: undefined, webhooks: 0, retentionDays: 1, templates: false, warmupExempt: false, defaultCategory: '' };
        return { result: { $case: 'ok' as const, ok: { accountId, ...own, ...rest } } };
      }),
    }),
  };
  const dkimKeys: DkimKeysService = {
    ensureDkimKeys: ({ keys }) => Promise.resolve({
      results: keys.map(({ domainId, selector }) => {
        keyRequests.push(`${domainId} ${selector}`);
        return { result: { $case: 'ok' as const, ok: { selector, record: `v=DKIM1; k=rsa; p=${Buffer.from(selector).toString('base64')}` } } };
      }),
    }),
  };

  beforeAll(async () => {
    sandbox = await startSandbox();
    runtime.rpc.register(AccountsServiceService, accounts);
    runtime.rpc.register(DkimKeysServiceService, dkimKeys);
    await runtime.bus.subscribe({
      group: 'spec', topics: [complianceDecisions.name],
      handle: (records) => Promise.resolve(void published.push(...records.map(({ payload }) => ComplianceDecision.decode(payload)))),
      park: (_record, error) => Promise.reject(error),
    });
    service = await startService(runtime, {
      name: 'compliance',
      module: ComplianceModule.register(runtime, { dnsServers: [`127.0.0.1:${sandbox.dnsPort}`], returnPathHost: 'returns.sandbox.test', trackingHost: 'track.sandbox.test', recheckDelayMs: 0 }),
    });
  });
  afterAll(async () => {
    await service.stop();
    await sandbox.stop();
  });

  const domains = runtime.rpc.client<DomainsService>(DomainsServiceService);
  return {
    postgres, runtime, published, limits, keyRequests, domains,
    manual: runtime.manual,
    screening: runtime.rpc.client<ScreeningService>(ScreeningServiceService),
    suppressions: runtime.rpc.client<SuppressionsService>(SuppressionsServiceService),
    standings: runtime.rpc.client<StandingsService>(StandingsServiceService),
    get zone() { return sandbox.zone; },
    /** Waits until everything due is done and published, then gives what this account's decisions were. */
    async decisionsOf(accountId: string): Promise<ComplianceDecision[]> {
      expect(await runtime.settle.settled(10_000)).toBe(true);
      return published.filter((decision) => decision.accountId === accountId);
    },
    publishRecords(domain: Domain | undefined, ...purposes: string[]): void {
      for (const { purpose, host, type, value } of domain?.records ?? []) {
        if (purposes.length === 0 || purposes.includes(purpose)) sandbox.zone.put({ name: host, type: type as 'TXT' | 'CNAME', values: [value] });
      }
    },
    /** A domain whose records are published and seen. */
    async verifiedDomain(accountId: string, name: string): Promise<Domain> {
      const scope = { accountId, mode: 'live' };
      const { domain } = await domains.createDomain({ scope, name });
      this.publishRecords(domain);
      const verified = (await domains.verifyDomain({ scope, domainId: domain?.id ?? '' })).domain;
      if (verified?.status !== 'verified') throw new Error('The domain was not verified');
      return verified;
    },
    async rows<R extends object = Record<string, unknown>>(text: string, ...values: unknown[]): Promise<R[]> {
      return (await postgres.db.query<R>({ name: '', text }, values)).rows;
    },
  };
}
