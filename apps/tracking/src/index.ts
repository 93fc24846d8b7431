import { startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { MIGRATIONS, TrackingModule } from '@nexoramail/tracking';
import { readConfig } from './config.js';

export { readConfig } from './config.js';

/** The schema and where its SQL is. */
export const migrations = { schema: 'tracking', folder: MIGRATIONS } as const;

/** Starts the tracking service: event log, read models, and the public listener of tracking hosts. */
export function start(runtime: Runtime): Promise<RunningService> {
  const { grpcPort, ...config } = readConfig(runtime.variables);
  return startService(runtime, { name: 'tracking', module: TrackingModule.register(runtime, config), ...(runtime.env === 'cluster' && grpcPort !== undefined && { grpcPort }) });
}
