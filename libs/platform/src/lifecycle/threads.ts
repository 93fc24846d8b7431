import { MessageChannel, Worker, workerData, type MessagePort, type ResourceLimits } from 'node:worker_threads';
import { systemClock } from '@nexoramail/kernel';
import { ThreadLink } from '../rpc/thread-link.js';
import { linkDirectories } from '../rpc/thread-binding.js';
import { createRuntime, type ProcessRuntime, type Runtime } from '../runtime.js';
import type { Metric } from '../telemetry/metrics.js';
import { MetricRegistry } from '../telemetry/metrics.js';
import { createTelemetry } from '../telemetry/otel.js';
import { addProcessMetrics } from '../telemetry/process-metrics.js';
import { SharedClock } from './shared-clock.js';
import type { RunningService } from './start-service.js';
import { lendBus, ThreadBus } from './thread-bus.js';

/** What a worker thread is started with. */
interface ThreadData {
  readonly name: string;
  readonly env: Runtime['env'];
  readonly variables: Runtime['variables'];
  readonly dataDir: string;
  readonly databaseUrls: Readonly<Record<string, string>>;
  readonly clockMemory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** Settings of {@link startThread}. */
export interface ThreadOptions {
  /** Stands in logs, `/readyz` and metrics (`thread="deliver"`). */
  readonly name: string;
  /** Compiled module that calls {@link runThread}. */
  readonly script: URL;
  /** Schemas whose databases the thread opens. */
  readonly schemas: readonly string[];
  readonly resourceLimits?: ResourceLimits;
}

/** A worker thread that runs. */
export interface RunningThread {
  readonly name: string;
  /** Stops its services, then the thread; after ten seconds the thread is ended as it is. */
  stop(): Promise<void>;
}

const STOP_MS = 10_000;
const RESTART_FIRST_MS = 250;
const RESTART_MOST_MS = 30_000;

/**
 * Runs services in a worker thread that shares this process's clock, bus, wake-ups, services, metrics, readiness and settling. Resolves when the
 * thread's services have started. A thread that dies later is started again, with growing pauses; `/readyz` names it until it is back.
 */
export async function startThread(runtime: ProcessRuntime, options: ThreadOptions): Promise<RunningThread> {
  const { name } = options;
  const logger = runtime.logger.child({ thread: name });
  let stopping = false;
  let failures = 0;
  let up: OneThread | undefined;
  let restart: NodeJS.Timeout | undefined;
  const launch = async (): Promise<void> => {
    const thread = new OneThread(runtime, options);
    up = thread;
    await thread.started;
    const since = runtime.monotonic.now();
    void thread.ended.then((error) => {
      up = undefined;
      if (stopping) return;
      if (runtime.monotonic.now() - since > RESTART_MOST_MS) failures = 0;
      again(error);
    });
  };
  const again = (error: unknown): void => {
    const pause = Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** failures++);
    logger.error({ err: error, restart_ms: pause }, 'A thread has ended and is started again');
    restart = setTimeout(() => void launch().catch((failure: unknown) => (stopping ? undefined : again(failure))), pause);
  };
  const unattach = runtime.telemetry.registry.attach(name, async () => (await up?.link.ask('metrics', null) ?? []) as Metric[]);
  const unsettle = runtime.settle.register(`thread ${name}`, async () => up !== undefined && ((await up.link.ask('settle', null)) as string[]).length === 0);
  runtime.health.register(`thread ${name}`, async () => {
    if (!up) throw new Error('The thread is down');
    const failing = (await up.link.ask('health', null)) as string[];
    if (failing.length > 0) throw new Error(failing.join(', '));
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(restart);
    unattach();
    unsettle();
    await up?.stop();
  };
  await launch().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { name, stop };
}

class OneThread {
  readonly link: ThreadLink;
  /** Resolves when its services have started; rejects when it dies before. */
  readonly started: Promise<void>;
  /** Resolves, with what ended it, when the thread is gone. */
  readonly ended: Promise<unknown>;
  private readonly worker: Worker;

  constructor(runtime: ProcessRuntime, { name, script, schemas, resourceLimits }: ThreadOptions) {
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = {
      name,
      env: runtime.env,
      variables: runtime.variables,
      dataDir: runtime.dataDir,
      databaseUrls: Object.fromEntries(schemas.map((schema) => [schema, runtime.databaseUrl(schema)])),
      clockMemory: runtime.clock.memory,
      port: port2,
    };
    this.worker = new Worker(script, { name, workerData: data, transferList: [port2], ...(resourceLimits && { resourceLimits }) });
    this.link = new ThreadLink(port1);
    runtime.wake.bridge(port1); // the same port, so that a wake-up and a question arrive in the order of their sending
    lendBus(runtime.bus, this.link);
    linkDirectories(runtime.directory, this.link);
    const dead = Promise.withResolvers<unknown>();
    this.ended = dead.promise;
    this.started = new Promise((resolve, reject) => {
      this.link.onTell('started', () => resolve());
      this.worker.on('error', (error: unknown) => {
        // What a thread threw is rebuilt here, and not always as this realm's Error.
        reject(new Error(`The thread ${name} has failed: ${typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)}`, { cause: error }));
        dead.resolve(error);
      });
      this.worker.on('exit', (code) => {
        const error = new Error(`The thread ${name} has ended with code ${code}`);
        reject(error);
        dead.resolve(error);
        port1.close();
      });
    });
  }

  async stop(): Promise<void> {
    const timer = setTimeout(() => void this.worker.terminate(), STOP_MS);
    await this.link.ask('stop', null).catch(() => undefined); // it dies in the middle of its answer when it is ended
    await this.worker.terminate();
    clearTimeout(timer);
  }
}

/** Entry of a worker thread that {@link startThread} runs: builds its runtime, starts its services, obeys the main thread. */
export async function runThread(start: (runtime: Runtime) => Promise<RunningService>): Promise<void> {
  const data = workerData as ThreadData;
  const { name, env, variables, dataDir, databaseUrls } = data;
  const link = new ThreadLink(data.port);
  const registry = new MetricRegistry();
  addProcessMetrics(registry);
  const runtime = createRuntime({
    name, env, variables, dataDir,
    bus: new ThreadBus(link),
    clock: new SharedClock(systemClock, data.clockMemory),
    telemetry: await createTelemetry(name, variables, registry),
    databaseUrl: (schema) => {
      const url = databaseUrls[schema];
      if (url === undefined) throw new Error(`The thread ${name} was not given the database of ${schema}`);
      return url;
    },
  });
  runtime.wake.bridge(data.port);
  linkDirectories(runtime.directory, link);
  link.onAsk('metrics', () => registry.read());
  link.onAsk('settle', () => runtime.settle.busy());
  link.onAsk('health', async () => (await runtime.health.readiness()).failing);
  const keepAlive = setInterval(() => undefined, 2 ** 30); // ports do not hold the thread; its services may hold nothing either
  const service = await start(runtime);
  link.onAsk('stop', async () => {
    await service.stop();
    await runtime.stop();
    clearInterval(keepAlive);
  });
  link.tell('started', null);
}
