import { startService, type RunningService, type Runtime } from '@nexoramail/platform';
import { gatewayConfig } from './config.js';
import { DASHBOARD_FOLDER, GatewayModule, GatewayServer, gatewayOperations } from './gateway.module.js';
import { openApiDocument } from './openapi.js';
import type { TestClock } from './routes/test-clock.js';

export type { TestClock } from './routes/test-clock.js';

/** A gateway that runs, and the origin it is reached at. */
export interface RunningGateway extends RunningService {
  readonly url: string;
}

/** Starts the gateway: REST `/v1`, sessions, reference and dashboard. */
export async function start(runtime: Runtime, options: { testClock?: TestClock } = {}): Promise<RunningGateway> {
  const config = gatewayConfig(runtime.variables);
  const module = GatewayModule.register(runtime, { config, dashboardFolder: DASHBOARD_FOLDER, ...options });
  let url = '';
  const service = await startService(runtime, { name: 'gateway', module, onStart: async (running) => { url = await running.get(GatewayServer).listen(); } });
  return { ...service, url };
}

/** The OpenAPI 3.1 document as served at `/v1/openapi.json`. */
export function openApi(runtime: Runtime, apiUrl: string): object {
  return openApiDocument(gatewayOperations(runtime), apiUrl);
}
