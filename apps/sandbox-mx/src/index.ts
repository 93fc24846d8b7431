import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSandbox, ZONE_TYPES, type Sandbox } from '@nexoramail/sandbox';
import type { RunningService, Runtime } from '@nexoramail/platform';
import { readConfig } from './config.js';

export { readConfig, type SandboxConfig } from './config.js';

/** The sandbox as it runs in this process. */
export interface RunningSandbox extends RunningService {
  readonly smtpPort: number;
  readonly httpUrl: string;
  readonly dnsPort: number;
  /** Authority of the sandbox's certificates (PEM), renewed at every start. */
  readonly caFile: string;
  readonly sandbox: Sandbox;
  /** Publishes a record set in the sandbox's DNS, in the place of the one before. Throws `RangeError` for a name or a type that DNS does not have. */
  publish(name: string, type: string, values: readonly string[]): void;
}

/** Starts the local Internet: SMTP, DNS and the inbox. Business time is the runtime's; latencies run on real time. */
export async function start(runtime: Runtime): Promise<RunningSandbox> {
  const config = readConfig(runtime.variables);
  const sandbox = await startSandbox({ ...config, clock: runtime.clock, random: runtime.random });
  const caFile = join(runtime.dataDir, 'sandbox-ca.pem');
  mkdirSync(runtime.dataDir, { recursive: true });
  writeFileSync(caFile, sandbox.caPem);
  const logger = runtime.logger.child({ part: 'sandbox-mx' });
  logger.info({ smtp_port: sandbox.smtpPort, dns_port: sandbox.dnsPort, http_url: sandbox.httpUrl }, 'Service started');
  let stopping: Promise<void> | undefined;
  return {
    name: 'sandbox-mx',
    smtpPort: sandbox.smtpPort,
    httpUrl: sandbox.httpUrl,
    dnsPort: sandbox.dnsPort,
    caFile,
    sandbox,
    publish: (name, type, values) => {
      const known = ZONE_TYPES.find((one) => one === type);
      if (known === undefined) throw new RangeError(`not a record type: ${type}`);
      sandbox.zone.put({ name, type: known, values });
    },
    get: () => {
      throw new Error('the sandbox has no module');
    },
    stop: () => (stopping ??= sandbox.stop()),
  };
}
