import { Type } from '@sinclair/typebox';
import { ConfigError, flag, hostPort, parseConfig, port, text, whole } from '@nexoramail/platform';

const Variables = Type.Object({
  NEXORA_SANDBOX_SMTP_PORT: port(2600),
  NEXORA_SANDBOX_HTTP_PORT: port(8025),
  NEXORA_SANDBOX_DNS_PORT: port(8053),
  /** Where `dsn@` and `complaint@` send their reports. */
  NEXORA_REPORTS_PORT: port(2526),
  /** The same on another host; in the place of 127.0.0.1 and NEXORA_REPORTS_PORT. */
  NEXORA_SANDBOX_REPORTS: Type.Optional(hostPort()),
  NEXORA_SANDBOX_HOST: text('127.0.0.1'),
  /** Allows another address than loopback: a container of a closed network. */
  NEXORA_SANDBOX_OPEN: flag(false),
  NEXORA_PORT_OFFSET: whole({ default: 0, maximum: 50_000 }),
});

/** Settings of the sandbox service. */
export interface SandboxConfig {
  readonly host: string;
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly dnsPort: number;
  readonly reports: { readonly host: string; readonly port: number };
}

/** Parsed once at the start; names what is wrong, never a value. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): SandboxConfig {
  const values = parseConfig(Variables, variables);
  const { NEXORA_SANDBOX_HOST: host, NEXORA_PORT_OFFSET: offset, NEXORA_SANDBOX_REPORTS: reports } = values;
  if (!/^127(\.\d{1,3}){3}$/.test(host) && !values.NEXORA_SANDBOX_OPEN) {
    throw new ConfigError([{ name: 'NEXORA_SANDBOX_HOST', problem: 'must be a loopback address, unless NEXORA_SANDBOX_OPEN is true: the sandbox takes mail from anybody' }]);
  }
  const shifted = (base: number): number => (base === 0 ? 0 : base + offset);
  const colon = reports?.lastIndexOf(':') ?? 0;
  return {
    host,
    smtpPort: shifted(values.NEXORA_SANDBOX_SMTP_PORT),
    httpPort: shifted(values.NEXORA_SANDBOX_HTTP_PORT),
    dnsPort: shifted(values.NEXORA_SANDBOX_DNS_PORT),
    reports: reports === undefined
      ? { host: '127.0.0.1', port: shifted(values.NEXORA_REPORTS_PORT) }
      : { host: reports.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(reports.slice(colon + 1)) },
  };
}
