import { APPEND_ONLY, ComplianceModule, MIGRATIONS } from '@nexoramail/compliance';
import { parseConfig, startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { ComplianceVariables } from './config.js';

/** The schema, where its SQL is, and the tables that its role may only read and add to. */
export const migrations = { schema: 'compliance', folder: MIGRATIONS, appendOnly: APPEND_ONLY } as const;

/** Starts the compliance service in this process; its schema must have been migrated. */
export function start(runtime: Runtime): Promise<RunningService> {
  const config = parseConfig(ComplianceVariables, runtime.variables);
  return startService(runtime, {
    name: 'compliance',
    module: ComplianceModule.register(runtime, {
      dnsServers: config.NEXORA_DNS_SERVERS,
      returnPathHost: config.NEXORA_RETURN_PATH_HOST,
      trackingHost: config.NEXORA_TRACKING_DNS_HOST,
      poolSize: config.NEXORA_COMPLIANCE_POOL_SIZE,
    }),
    ...(runtime.env === 'cluster' && config.NEXORA_GRPC_PORT !== undefined && { grpcPort: config.NEXORA_GRPC_PORT }),
  });
}
