import { AccountsModule, MIGRATIONS } from '@nexoramail/accounts';
import { parseConfig, startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { AccountsVariables } from './config.js';

/** The schema and where its SQL is. */
export const migrations = { schema: 'accounts', folder: MIGRATIONS } as const;

/** Starts the accounts service in this process; its schema must have been migrated. */
export function start(runtime: Runtime): Promise<RunningService> {
  const config = parseConfig(AccountsVariables, runtime.variables);
  return startService(runtime, {
    name: 'accounts',
    module: AccountsModule.register(runtime, { poolSize: config.NEXORA_ACCOUNTS_POOL_SIZE }),
    ...(runtime.env === 'cluster' && config.NEXORA_GRPC_PORT !== undefined && { grpcPort: config.NEXORA_GRPC_PORT }),
  });
}
