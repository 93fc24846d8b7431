import { startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { TrackingModule } from '@nexoramail/tracking';
import { readConfig } from './config.js';

export { readConfig } from './config.js';

/** Starts the tracking service: event log, read models, and the public listener of tracking hosts. */
export function start(runtime: Runtime): Promise<RunningService> {
  const { grpcPort, ...config } = readConfig(runtime.variables);
  return startService(runtime, { name: 'tracking', module: TrackingModule.register(runtime, config), ...(runtime.env === 'cluster' && grpcPort !== undefined && { grpcPort }) });
}
