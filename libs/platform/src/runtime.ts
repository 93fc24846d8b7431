import { Type } from '@sinclair/typebox';
import { IdSource, systemClock, systemMonotonic, systemRandom, type Clock, type Monotonic, type Random } from '@nexoramail/kernel';
import type { EventBus } from './bus/event-bus.js';
import { parseConfig } from './config/parse.js';
import { oneOf } from './config/schema.js';
import { createFaults, type Faults } from './faults/faults.js';
import { Health } from './health/health.js';
import { loadKeys, type Keys } from './keys/keys.js';
import { Settle } from './lifecycle/settle.js';
import { SharedClock } from './lifecycle/shared-clock.js';
import { Wake } from './lifecycle/wake.js';
import { createLogger, type Logger, type LoggerOptions } from './log/logger.js';
import { currentCall } from './rpc/call-context.js';
import { tlsFiles } from './rpc/credentials.js';
import { Directory, type RpcDirectory } from './rpc/directory.js';
import { RemoteServices } from './rpc/remote-binding.js';
import { GrpcServerStrategy } from './rpc/server-strategy.js';
import { LocalTelemetry, type Telemetry } from './telemetry/telemetry.js';

/** A gRPC server that runs. */
export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Everything a service gets from its process. `standalone` builds one for all of them; a service on its own builds its own. */
export interface Runtime {
  readonly env: 'embedded' | 'cluster';
  /** Business time: due times, expiry, recorded times. Moved by the test clock. */
  readonly clock: Clock;
  /** Real time: leases, what outsiders check. Never moved. */
  readonly wall: Clock;
  /** Elapsed milliseconds: deadlines, time-outs, caches. */
  readonly monotonic: Monotonic;
  readonly random: Random;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly faults: Faults;
  readonly keys: Keys;
  readonly rpc: RpcDirectory;
  readonly bus: EventBus;
  readonly wake: Wake;
  readonly settle: Settle;
  readonly health: Health;
  /** URL of the database as the role that owns this schema. */
  databaseUrl(schema: string): string;
  /** Folder of the process's files (keys, spool, epoch keys). */
  readonly dataDir: string;
  /** The environment at the start: parse it with {@link parseConfig} in an app's `config.ts`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Serves the services registered so far over gRPC on this port (0: any). {@link startService} calls it. */
  serveGrpc(port: number): Promise<RunningServer>;
}

/** A {@link Runtime} as its builder holds it: with what services must not touch. */
export interface ProcessRuntime extends Runtime {
  readonly clock: SharedClock;
  readonly directory: Directory;
  /** Ends channels and exporters; services and the bus are ended before, by who started them. */
  stop(): Promise<void>;
}

/** What {@link createRuntime} cannot know by itself. */
export interface RuntimeOptions {
  readonly name: string;
  readonly env: Runtime['env'];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly bus: EventBus;
  readonly databaseUrl: (schema: string) => string;
  /** Business clock; real time unless given. */
  readonly clock?: SharedClock;
  /** Keys; those of `<dataDir>/keys` unless given. */
  readonly keys?: Keys;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Metrics only unless given: {@link createTelemetry} makes the one that the environment asks for. */
  readonly telemetry?: Telemetry;
}

const LogConfig = Type.Object({ NEXORA_LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info') });

/** Log settings of the environment: `NEXORA_LOG_LEVEL` is debug, info, warn, error or silent. Lines name the call under way. */
export function loggerOptions(name: string, variables: Readonly<Record<string, string | undefined>>, telemetry?: Telemetry): LoggerOptions {
  const { NEXORA_LOG_LEVEL: level } = parseConfig(LogConfig, variables);
  return {
    service: name,
    level,
    context: () => {
      const call = currentCall();
      const trace = telemetry?.traceparent() ?? call?.traceparent;
      return { ...(call?.requestId !== undefined && { request_id: call.requestId }), ...(trace !== undefined && { trace_id: trace.split('-')[1] }) };
    },
  };
}

/** Builds a process's runtime: `standalone` once for all services, a service of the cluster for itself, a worker thread for what it runs. */
export function createRuntime(options: RuntimeOptions): ProcessRuntime {
  const { name, env, variables, dataDir, bus, databaseUrl } = options;
  const random = options.random ?? systemRandom;
  const clock = options.clock ?? new SharedClock(systemClock);
  const telemetry = options.telemetry ?? new LocalTelemetry();
  const logger = options.logger ?? createLogger(loggerOptions(name, variables, telemetry));
  const tls = tlsFiles(variables);
  const remote = new RemoteServices(variables, tls);
  const directory = new Directory({ logger, telemetry, remote: remote.find });
  return {
    env, clock, random, logger, telemetry, bus, dataDir, variables, databaseUrl, directory,
    wall: systemClock,
    monotonic: systemMonotonic,
    ids: new IdSource(clock, random),
    faults: createFaults(variables),
    keys: options.keys ?? loadKeys(dataDir, random),
    rpc: directory,
    wake: new Wake(),
    settle: new Settle(),
    health: new Health(),
    async serveGrpc(port) {
      const host = variables['NEXORA_GRPC_HOST'] ?? '127.0.0.1';
      const strategy = new GrpcServerStrategy({ address: `${host}:${port}`, services: () => directory.registrations, ...(tls && { tls }) });
      await strategy.start();
      return strategy;
    },
    async stop() {
      remote.close();
      await telemetry.stop();
    },
  };
}
