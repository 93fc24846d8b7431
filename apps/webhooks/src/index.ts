import { startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { MIGRATIONS, WebhooksModule } from '@nexoramail/webhooks';
import { readConfig } from './config.js';

export { readConfig } from './config.js';

/** The schema and where its SQL is. */
export const migrations = { schema: 'webhooks', folder: MIGRATIONS } as const;

/** Starts the webhooks service: endpoints, fan-out of events, signed posts with retries. */
export function start(runtime: Runtime): Promise<RunningService> {
  const { grpcPort, ...config } = readConfig(runtime);
  return startService(runtime, { name: 'webhooks', module: WebhooksModule.register(runtime, config), ...(grpcPort !== undefined && { grpcPort }) });
}
