import { Module, type DynamicModule, type FactoryProvider, type Type } from '@nestjs/common';
import { BusinessLoop, Cursors, Database, UnitOfWork, type Runtime } from '@nexoramail/platform';
import { AddSuppressionHandler } from '../application/add-suppression.js';
import { DomainChecker } from '../application/check-domain.js';
import { CreateDomainHandler } from '../application/create-domain.js';
import { DeleteDomainHandler } from '../application/delete-domain.js';
import { GetDomainHandler } from '../application/get-domain.js';
import { GetStandingsHandler } from '../application/get-standings.js';
import { GetSuppressionHandler } from '../application/get-suppression.js';
import { LiftSuppressionHandler } from '../application/lift-suppression.js';
import { ListDomainsHandler } from '../application/list-domains.js';
import { ListSuppressionsHandler } from '../application/list-suppressions.js';
import { RecheckDomainsHandler } from '../application/recheck-domains.js';
import { ScreenHandler } from '../application/screen.js';
import { SetStandingHandler } from '../application/set-standing.js';
import { SuppressRecipientsHandler } from '../application/suppress-recipients.js';
import { VerifyDomainHandler } from '../application/verify-domain.js';
import { accountsConsumer } from './accounts.consumer.js';
import { Background } from './background.js';
import { COMPLIANCE_FACTS } from './changes.js';
import { DomainsController } from './domains.controller.js';
import { mailEventsConsumer } from './mail-events.consumer.js';
import { NodeDnsLookup } from './node-dns-lookup.js';
import { PgDomainLimits } from './pg-domain-limits.js';
import { PgDomainStore } from './pg-domain-store.js';
import { PgScreeningStore } from './pg-screening-store.js';
import { PgStandingStore } from './pg-standing-store.js';
import { PgSuppressionStore } from './pg-suppression-store.js';
import { openPrisma } from './prisma/prisma-client.js';
import { RpcDkimKeys } from './rpc-dkim-keys.js';
import { ScreeningController } from './screening.controller.js';
import { StandingsController } from './standings.controller.js';
import { SuppressionsController } from './suppressions.controller.js';

/** What the compliance service is told beside its runtime. */
export interface ComplianceConfig {
  /** Name servers, `host` or `host:port` each; empty: the system's. */
  readonly dnsServers: readonly string[];
  /** Where return paths point to. */
  readonly returnPathHost: string;
  /** Where links and pixels point to. */
  readonly trackingHost: string;
  /** Connections of the raw pool; Prisma has two more. */
  readonly poolSize?: number;
  /** Real milliseconds after the start before domains are looked at by themselves: name servers of the same machine need time too. */
  readonly recheckDelayMs?: number;
}

const RECHECK_LOOK_MS = 30_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Events come at most 72 h late by topic; reports of complaints 90 days, but with ids of their own. */
const SOURCES_KEPT_MS = 30 * 24 * 3_600_000;

/** The compliance service as a Nest module: screening, domains, suppressions, standings. Its schema must have been migrated (`MIGRATIONS`). */
@Module({})
export class ComplianceModule {
  static register(runtime: Runtime, config: ComplianceConfig): DynamicModule {
    const { clock, random, ids, keys, wake, bus, logger, settle, rpc } = runtime;
    const tokenKey = keys.addressToken;
    const url = runtime.databaseUrl('compliance');
    const db = Database.open({ url, schema: 'compliance', max: config.poolSize ?? 4 });
    const prisma = openPrisma(url);
    const work = new UnitOfWork(db, wake, ids, COMPLIANCE_FACTS);
    const domains = new PgDomainStore(prisma, db, work);
    const suppressions = new PgSuppressionStore(prisma, db, work);
    const standings = new PgStandingStore(prisma, work);
    const checker = new DomainChecker(domains, new NodeDnsLookup({ servers: config.dnsServers }), clock);
    const recheck = new RecheckDomainsHandler(domains, checker, clock);
    const loops = [
      new BusinessLoop({
        name: 'compliance:domains', everyMs: RECHECK_LOOK_MS, startDelayMs: config.recheckDelayMs ?? 10_000, clock, logger, settle,
        run: () => recheck.execute(),
      }),
      new BusinessLoop({
        name: 'compliance:sweep', everyMs: SWEEP_EVERY_MS, clock, logger, settle,
        run: async (now) => (await suppressions.forgetSources(new Date(now.getTime() - SOURCES_KEPT_MS))) === 5_000,
      }),
    ];
    const targets = { returnPathHost: config.returnPathHost, trackingHost: config.trackingHost };
    return {
      module: ComplianceModule,
      controllers: [ScreeningController, DomainsController, SuppressionsController, StandingsController],
      providers: [
        provide(ScreenHandler, new ScreenHandler(new PgScreeningStore(db, tokenKey), clock)),
        provide(CreateDomainHandler, new CreateDomainHandler(domains, new RpcDkimKeys(rpc), new PgDomainLimits(db, rpc), targets, ids, random, clock)),
        provide(GetDomainHandler, new GetDomainHandler(domains)),
        provide(ListDomainsHandler, new ListDomainsHandler(domains)),
        provide(VerifyDomainHandler, new VerifyDomainHandler(domains, checker)),
        provide(DeleteDomainHandler, new DeleteDomainHandler(domains, clock)),
        provide(SuppressRecipientsHandler, new SuppressRecipientsHandler(suppressions, tokenKey, ids, clock)),
        provide(AddSuppressionHandler, new AddSuppressionHandler(suppressions, tokenKey, ids, clock)),
        provide(GetSuppressionHandler, new GetSuppressionHandler(suppressions, tokenKey, clock)),
        provide(ListSuppressionsHandler, new ListSuppressionsHandler(suppressions, clock)),
        provide(LiftSuppressionHandler, new LiftSuppressionHandler(suppressions, tokenKey, clock)),
        provide(GetStandingsHandler, new GetStandingsHandler(standings)),
        provide(SetStandingHandler, new SetStandingHandler(standings, clock)),
        provide(Cursors, new Cursors(keys.derive('compliance-cursor'))),
        provide(Background, new Background(runtime, {
          db, prisma, loops,
          accounts: accountsConsumer({ db, bus, clock, logger }),
          mailEvents: mailEventsConsumer({ db, bus, clock, logger, ids, work, tokenKey }),
        })),
      ],
    };
  }
}

// By factory, so that handlers stay free of Nest's decorators.
function provide<T extends object>(token: Type<T>, instance: T): FactoryProvider<T> {
  return { provide: token, useFactory: () => instance };
}
