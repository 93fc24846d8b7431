import { resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import { isAppError } from '@nexoramail/kernel';
import { LocalBus } from '../bus/local-bus.js';
import { ConfigError, parseConfig } from '../config/parse.js';
import { port, postgresUrl, text, whole } from '../config/schema.js';
import { startOpsServer } from '../health/ops-server.js';
import { KeyFolderError } from '../keys/key-folder.js';
import { StartProblem } from '../postgres/embedded/start-problem.js';
import { createRuntime, type Runtime } from '../runtime.js';
import { MetricRegistry } from '../telemetry/metrics.js';
import { createTelemetry } from '../telemetry/otel.js';
import { addProcessMetrics } from '../telemetry/process-metrics.js';
import { stopOnSignals } from './signals.js';
import type { RunningService } from './start-service.js';

/** What a service on its own reads from the environment, besides its own config. */
const ServiceConfig = Type.Object({
  /** The role of the service's own schema. */
  DATABASE_URL: Type.Optional(postgresUrl()),
  NEXORA_DATA_DIR: text('.nexora'),
  NEXORA_METRICS_PORT: port(9464),
  NEXORA_PORT_OFFSET: whole({ default: 0, maximum: 50_000 }),
  NEXORA_OPS_HOST: text('127.0.0.1'),
});

/**
 * A service's `main.ts`: runtime from the environment, the service, its operations server, signals. What is wrong at the start is one line on
 * stderr and exit code 1. `DATABASE_URL` is its database; `NEXORA_GRPC_<CONTEXT>=host:port` names the services it calls.
 */
export async function runService(name: string, start: (runtime: Runtime) => Promise<RunningService>): Promise<void> {
  try {
    await run(name, start);
  } catch (error) {
    process.stderr.write(`${name}: ${startProblem(error)}\n`);
    process.exit(1);
  }
}

/** One line for whoever starts the process: the message of a failure we foresee, a defect with its stack. */
export function startProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof KeyFolderError || error instanceof StartProblem || isAppError(error)) return error.message;
  if ('code' in error && error.code === 'EADDRINUSE') return `Port ${'port' in error ? String(error.port) : ''} is taken by another program: end it, or set NEXORA_PORT_OFFSET to shift all ports`;
  return error.stack ?? error.message;
}

async function run(name: string, start: (runtime: Runtime) => Promise<RunningService>): Promise<void> {
  const variables = Object.freeze({ ...process.env });
  const config = parseConfig(ServiceConfig, variables);
  const registry = new MetricRegistry();
  addProcessMetrics(registry);
  const bus = new LocalBus({ held: true });
  const runtime = createRuntime({
    name, env: 'cluster', variables, bus,
    dataDir: resolve(config.NEXORA_DATA_DIR),
    telemetry: await createTelemetry(name, variables, registry),
    databaseUrl: (schema) => {
      if (config.DATABASE_URL === undefined) throw new ConfigError([{ name: 'DATABASE_URL', problem: `is not set; it must name the database of the role that owns the schema ${schema}` }]);
      return config.DATABASE_URL;
    },
  });
  const crash = (error: unknown): void => {
    runtime.logger.error({ err: error }, 'A defect ends the process');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const ops = await startOpsServer({ health: runtime.health, registry, host: config.NEXORA_OPS_HOST, port: config.NEXORA_METRICS_PORT && config.NEXORA_METRICS_PORT + config.NEXORA_PORT_OFFSET });
  const service = await start(runtime);
  bus.open();
  stopOnSignals({
    logger: runtime.logger,
    stop: async () => {
      runtime.health.drain();
      await service.stop();
      await runtime.stop();
      await ops.close();
    },
  });
}
