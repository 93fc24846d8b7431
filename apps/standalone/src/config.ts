import { join, resolve } from 'node:path';
import { ConfigError, flag, parseConfig, port, text, whole } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';

const Schema = Type.Object({
  NEXORA_DATA_DIR: text('.nexora'),
  NEXORA_PORT_OFFSET: whole({ default: 0, maximum: 50_000 }),
  NEXORA_POSTGRES_PORT: port(5433),
  NEXORA_METRICS_PORT: port(9464),
  NEXORA_TEST_CLOCK: flag(false),
  NEXORA_LOG_LEVEL: Type.String({ default: 'warn' }),
  NODE_ENV: Type.String({ default: 'development' }),
});

/** Settings of the embedded default. */
export interface StandaloneConfig {
  readonly dataDir: string;
  readonly postgresPort: number;
  readonly metricsPort: number;
  readonly testClock: boolean;
}

/** Reads the settings. The test clock is refused in production: it would let anybody on the machine expire mail. */
export function standaloneConfig(variables: Readonly<Record<string, string | undefined>>): StandaloneConfig {
  const parsed = parseConfig(Schema, variables);
  if (parsed.NEXORA_TEST_CLOCK && parsed.NODE_ENV === 'production') throw new ConfigError([{ name: 'NEXORA_TEST_CLOCK', problem: 'is refused when NODE_ENV=production' }]);
  const shifted = (given: number): number => (given === 0 ? 0 : given + parsed.NEXORA_PORT_OFFSET);
  return { dataDir: resolve(parsed.NEXORA_DATA_DIR), postgresPort: shifted(parsed.NEXORA_POSTGRES_PORT), metricsPort: shifted(parsed.NEXORA_METRICS_PORT), testClock: parsed.NEXORA_TEST_CLOCK };
}

/**
 * Variables that the embedded default sets for its services unless the environment does: the sandbox Internet instead of the real one, webhooks to
 * this machine, quiet logs beside the ready lines.
 */
export function embeddedVariables(variables: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
  const offset = Number(variables['NEXORA_PORT_OFFSET'] ?? '0') || 0;
  const shifted = (name: string, fallback: number): number => (Number(variables[name] ?? '') || fallback) + offset;
  return Object.freeze({
    NEXORA_LOG_LEVEL: 'warn',
    NEXORA_DNS_SERVERS: `127.0.0.1:${shifted('NEXORA_SANDBOX_DNS_PORT', 8053)}`,
    NEXORA_MX_PORT: String(shifted('NEXORA_SANDBOX_SMTP_PORT', 2600)),
    NEXORA_MX_ALLOW_LOOPBACK: 'true',
    // The sandbox's servers prove themselves too: `require_tls` works here as on the Internet.
    NEXORA_MX_CA_FILE: join(resolve(variables['NEXORA_DATA_DIR'] || '.nexora'), 'sandbox-ca.pem'),
    NEXORA_RETURN_PATH_HOST: 'returns.sandbox.test',
    WEBHOOKS_ALLOW_LOOPBACK: 'true',
    ...Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== '')),
  });
}
