import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as accounts from '@nexoramail/app-accounts';
import * as compliance from '@nexoramail/app-compliance';
import * as dispatch from '@nexoramail/app-dispatch';
import * as gateway from '@nexoramail/app-gateway';
import * as sandboxMx from '@nexoramail/app-sandbox-mx';
import * as smtpIngress from '@nexoramail/app-smtp-ingress';
import * as tracking from '@nexoramail/app-tracking';
import * as webhooks from '@nexoramail/app-webhooks';
import { systemRandom } from '@nexoramail/kernel';
import {
  addProcessMetrics, createLogger, createRuntime, createTelemetry, EmbeddedPostgres, loadKeys, LocalBus, loggerOptions, MetricRegistry, SCHEMAS, startOpsServer, startProblemOf, type ProcessRuntime,
} from '@nexoramail/platform';
import { loadClock, PersistentTestClock } from './business-clock.js';
import { embeddedVariables, standaloneConfig } from './config.js';
import { openDatabase } from './database.js';
import { readDemoFile, writeDemoFile, type DemoFile } from './demo-file.js';
import { loadPeople, seedDemo } from './seed.js';

/** Whatever has been started, to be ended in the opposite order. */
export class Undo {
  private readonly steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Runs every step, also after one that failed; the first failure is thrown at the end. */
  async run(): Promise<void> {
    let failure: unknown;
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error('A step of the stop failed', { cause: failure });
  }
}

/** What the person at the terminal is told while the system starts. */
export type Progress = (text: string) => void;

const STEPS = { installing: 'Setting up PostgreSQL (first start only)', recovering: 'PostgreSQL recovers from an unclean stop', migrating: 'Creating tables' } as const;

/** The whole system in this process: every service, an embedded PostgreSQL, the sandbox Internet, the demo account. */
export async function composeStandalone(environment: Readonly<Record<string, string | undefined>>, undo: Undo, progress: Progress, fresh: boolean): Promise<{ demo: DemoFile; runtime: ProcessRuntime }> {
  const variables = embeddedVariables(environment);
  const config = standaloneConfig(variables);
  if (fresh) await startAnew(config.dataDir);
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw startProblemOf(error, config.dataDir);
  }
  const registry = new MetricRegistry();
  addProcessMetrics(registry);
  const telemetry = await createTelemetry('standalone', variables, registry);
  const logger = createLogger(loggerOptions('standalone', variables, telemetry));
  const keys = loadKeys(config.dataDir, systemRandom);
  const database = await openDatabase({
    dataDir: config.dataDir, port: config.postgresPort, externalUrl: variables['DATABASE_URL'], keys, logger,
    migrations: [accounts.migrations, compliance.migrations, dispatch.migrations, tracking.migrations, webhooks.migrations],
    onProgress: (step) => progress(STEPS[step]),
  });
  undo.add(() => database.stop());

  const clock = loadClock(config.dataDir);
  const bus = new LocalBus({ held: true });
  const runtime = createRuntime({ name: 'standalone', env: 'embedded', variables, dataDir: config.dataDir, bus, databaseUrl: (schema) => database.url(schema), clock, keys, logger, telemetry });
  undo.add(() => runtime.stop());
  const ops = await startOpsServer({ health: runtime.health, registry, host: '127.0.0.1', port: config.metricsPort });
  undo.add(() => ops.close());

  const testClock = new PersistentTestClock(config.dataDir, clock, runtime.settle, () => {
    runtime.wake.signal('clock');
    for (const schema of SCHEMAS) runtime.wake.signal(`outbox:${schema}`);
  });
  progress('Starting services');
  const start = async <T extends { stop(): Promise<void> }>(service: Promise<T>): Promise<T> => {
    const running = await service;
    undo.add(() => running.stop());
    return running;
  };
  const sandbox = await start(sandboxMx.start(runtime));
  await start(accounts.start(runtime));
  await start(compliance.start(runtime));
  await start(webhooks.start(runtime));
  await start(tracking.start(runtime));
  await start(dispatch.start(runtime));
  bus.open();

  const kept = readDemoFile(config.dataDir);
  const identity = await seedDemo(runtime, loadPeople(config.dataDir), kept, ({ name, type, values }) => sandbox.publish(name, type, values));
  // Doors open last: who can knock finds everything behind them.
  const smtp = await start(smtpIngress.start(runtime));
  const rest = await start(gateway.start(runtime, config.testClock ? { testClock } : {}));
  const demo: DemoFile = {
    api_url: rest.url, dashboard_url: rest.url, tracking_url: `http://127.0.0.1:${tracking.readConfig(variables).http.port}`,
    smtp: { host: '127.0.0.1', submission_port: smtp.submissionPort, tls_port: smtp.tlsPort, ca_file: smtp.caFile },
    smtp_username: 'nexoramail', ...identity,
    sandbox_mx: { smtp_port: sandbox.smtpPort, http_url: sandbox.httpUrl, dns_port: sandbox.dnsPort },
  };
  writeDemoFile(config.dataDir, demo);
  return { demo, runtime };
}

/** `--fresh`: removes what earlier starts left, refused while another process holds the folder. Files of other programs in the folder stay. */
async function startAnew(dataDir: string): Promise<void> {
  await EmbeddedPostgres.remove(dataDir);
  for (const name of ['keys', 'epoch', 'spool', 'tls', 'clock.json', 'demo.json']) await rm(join(dataDir, name), { recursive: true, force: true });
}
