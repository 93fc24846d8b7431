import { Module, type DynamicModule, type FactoryProvider, type Type } from '@nestjs/common';
import { BusinessLoop, Cursors, Database, UnitOfWork, type Runtime } from '@nexoramail/platform';
import { AuthenticateHandler } from '../application/authenticate.js';
import { ChangeLimitsHandler } from '../application/change-limits.js';
import { CreateAccountHandler } from '../application/create-account.js';
import { CreateApiKeyHandler } from '../application/create-api-key.js';
import { CreateUserHandler } from '../application/create-user.js';
import { GetAccountsHandler } from '../application/get-accounts.js';
import { GetApiKeyHandler } from '../application/get-api-key.js';
import { GetSessionHandler } from '../application/get-session.js';
import { GetUsageHandler } from '../application/get-usage.js';
import { ListApiKeysHandler } from '../application/list-api-keys.js';
import { RevokeApiKeyHandler } from '../application/revoke-api-key.js';
import { SignInHandler } from '../application/sign-in.js';
import { SignOutHandler } from '../application/sign-out.js';
import { VerifyFactorHandler } from '../application/verify-factor.js';
import { SessionTokens } from '../domain/session-token.js';
import { AccountAdminController } from './account-admin.controller.js';
import { AccountsController } from './accounts.controller.js';
import { ApiKeysController } from './api-keys.controller.js';
import { Argon2Hasher } from './argon2-hasher.js';
import { Background } from './background.js';
import { ACCOUNTS_FACTS } from './changes.js';
import { IdentityController } from './identity.controller.js';
import { KeyUseWriter } from './key-use-writer.js';
import { PgAccountStore } from './pg-account-store.js';
import { PgApiKeyStore } from './pg-api-key-store.js';
import { PgPrincipalReader } from './pg-principal-reader.js';
import { PgSessionStore } from './pg-session-store.js';
import { PgThrottleStore } from './pg-throttle-store.js';
import { PgUserStore } from './pg-user-store.js';
import { openPrisma } from './prisma/prisma-client.js';
import { usageConsumer } from './usage.consumer.js';

/** What the accounts service is told beside its runtime. */
export interface AccountsConfig {
  /** Connections of the raw pool; Prisma has two more. */
  readonly poolSize?: number;
}

const PERIODS_EVERY_MS = 60_000;

/** The accounts service as a Nest module: identity, API keys, accounts, limits. Its schema must have been migrated (`MIGRATIONS`). */
@Module({})
export class AccountsModule {
  static register(runtime: Runtime, config: AccountsConfig = {}): DynamicModule {
    const { clock, wall, monotonic, random, ids, keys, wake, bus, logger, settle } = runtime;
    const url = runtime.databaseUrl('accounts');
    const db = Database.open({ url, schema: 'accounts', max: config.poolSize ?? 4 });
    const prisma = openPrisma(url);
    const work = new UnitOfWork(db, wake, ids, ACCOUNTS_FACTS);
    const tokens = new SessionTokens({ hash: keys.derive('session'), csrf: keys.derive('session-csrf') }, random);
    const hasher = new Argon2Hasher(random);
    const accounts = new PgAccountStore(prisma, work);
    const apiKeys = new PgApiKeyStore(prisma, work);
    const users = new PgUserStore(prisma, db, keys.derive('totp-secret'));
    const sessions = new PgSessionStore(db);
    const throttle = new PgThrottleStore(db, wall, keys.derive('sign-in-throttle'));
    const keyUse = new KeyUseWriter(db, monotonic, logger);
    const getAccounts = new GetAccountsHandler(accounts, clock);
    const loop = new BusinessLoop({
      name: 'accounts:periods', everyMs: PERIODS_EVERY_MS, clock, logger, settle,
      run: async (now) => {
        await sessions.sweep(now);
        await throttle.sweep();
        return (await accounts.beginPeriods(now)) === 500;
      },
    });
    return {
      module: AccountsModule,
      controllers: [IdentityController, ApiKeysController, AccountsController, AccountAdminController],
      providers: [
        provide(AuthenticateHandler, new AuthenticateHandler(new PgPrincipalReader(db), keyUse, clock)),
        provide(SignInHandler, new SignInHandler(users, sessions, throttle, hasher, tokens, ids, clock)),
        provide(VerifyFactorHandler, new VerifyFactorHandler(sessions, users, throttle, tokens, ids, clock, wall)),
        provide(GetSessionHandler, new GetSessionHandler(sessions, tokens, clock)),
        provide(SignOutHandler, new SignOutHandler(sessions, tokens)),
        provide(CreateApiKeyHandler, new CreateApiKeyHandler(apiKeys, keys.derive('api-key'), random, ids, clock)),
        provide(ListApiKeysHandler, new ListApiKeysHandler(apiKeys)),
        provide(GetApiKeyHandler, new GetApiKeyHandler(apiKeys)),
        provide(RevokeApiKeyHandler, new RevokeApiKeyHandler(apiKeys, clock)),
        provide(CreateAccountHandler, new CreateAccountHandler(accounts, random, clock)),
        provide(CreateUserHandler, new CreateUserHandler(users, hasher, clock)),
        provide(ChangeLimitsHandler, new ChangeLimitsHandler(accounts, clock)),
        provide(GetAccountsHandler, getAccounts),
        provide(GetUsageHandler, new GetUsageHandler(getAccounts, accounts)),
        provide(Cursors, new Cursors(keys.derive('accounts-cursor'))),
        provide(Background, new Background(runtime, { db, prisma, keyUse, loop, usage: usageConsumer({ db, bus, clock, logger }) })),
      ],
    };
  }
}

// By factory, so that handlers stay free of Nest's decorators.
function provide<T extends object>(token: Type<T>, instance: T): FactoryProvider<T> {
  return { provide: token, useFactory: () => instance };
}
