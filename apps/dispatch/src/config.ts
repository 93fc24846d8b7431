import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Type, type Static } from '@sinclair/typebox';
import type { DeliverySettings } from '@nexoramail/dispatch';
import { ConfigError, flag, hostPort, oneOf, parseConfig, port, text, whole } from '@nexoramail/platform';

/** Variables of the dispatch service. */
export const DispatchVariables = Type.Object({
  /** Port of its gRPC server; not set: reached in its own process only. */
  NEXORA_GRPC_PORT: Type.Optional(port()),
  NEXORA_DISPATCH_POOL_SIZE: whole({ default: 8, minimum: 3, maximum: 50 }),
  /** `inline`: the worker shares the main loop; `thread`: a worker thread; `process`: this process accepts only, others deliver. Empty: `thread` in one process, else `inline`. */
  DELIVER: oneOf(['inline', 'thread', 'process', 'auto'], 'auto'),
  /** `all`, or `deliver` for a process that does nothing else. */
  DISPATCH_ROLE: oneOf(['all', 'deliver'], 'all'),
  /** Our host name in EHLO and Received; needs a matching PTR record on the Internet. */
  NEXORA_HOSTNAME: Type.Optional(text()),
  /** `127.0.0.1:8053,…`; the system's servers when not set. */
  NEXORA_DNS_SERVERS: Type.Optional(text()),
  NEXORA_MX_PORT: port(25),
  /** Delivers to loopback: the sandbox MX. Refused when NODE_ENV=production. */
  NEXORA_MX_ALLOW_LOOPBACK: flag(false),
  /** A PEM file with certificates trusted besides the well-known ones. */
  NEXORA_MX_CA_FILE: Type.Optional(text()),
  /** `host:port` of a relay that takes all mail, in place of the recipients' own hosts. */
  NEXORA_SMARTHOST: Type.Optional(hostPort()),
  /** TLS from the first byte (port 465). */
  NEXORA_SMARTHOST_TLS: flag(false),
  NEXORA_SMARTHOST_USERNAME: Type.Optional(text()),
  NEXORA_SMARTHOST_PASSWORD: Type.Optional(text()),
  NODE_ENV: text('development'),
});

/** Parsed variables. */
export type DispatchVariables = Static<typeof DispatchVariables>;

/** Reads and checks the variables; throws ConfigError with names, never values. */
export function dispatchConfig(variables: Readonly<Record<string, string | undefined>>): { readonly variables: DispatchVariables; readonly delivery: DeliverySettings } {
  const parsed = parseConfig(DispatchVariables, variables);
  if (parsed.NEXORA_MX_ALLOW_LOOPBACK && parsed.NODE_ENV === 'production') throw new ConfigError([{ name: 'NEXORA_MX_ALLOW_LOOPBACK', problem: 'must not be set when NODE_ENV=production' }]);
  return { variables: parsed, delivery: deliverySettings(parsed) };
}

function deliverySettings(parsed: DispatchVariables): DeliverySettings {
  return {
    hostName: parsed.NEXORA_HOSTNAME ?? hostname(),
    dnsServers: (parsed.NEXORA_DNS_SERVERS ?? '').split(',').map((server) => server.trim()).filter((server) => server !== ''),
    mxPort: parsed.NEXORA_MX_PORT,
    allowLoopback: parsed.NEXORA_MX_ALLOW_LOOPBACK,
    smarthost: smarthostOf(parsed),
    extraCa: parsed.NEXORA_MX_CA_FILE === undefined ? [] : [readFileSync(parsed.NEXORA_MX_CA_FILE, 'utf8')],
  };
}

function smarthostOf(parsed: DispatchVariables): DeliverySettings['smarthost'] {
  if (parsed.NEXORA_SMARTHOST === undefined) return undefined;
  const colon = parsed.NEXORA_SMARTHOST.lastIndexOf(':');
  const { NEXORA_SMARTHOST_USERNAME: username, NEXORA_SMARTHOST_PASSWORD: password } = parsed;
  if ((username === undefined) !== (password === undefined)) throw new ConfigError([{ name: 'NEXORA_SMARTHOST_PASSWORD', problem: 'must be set together with NEXORA_SMARTHOST_USERNAME' }]);
  return {
    host: parsed.NEXORA_SMARTHOST.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(parsed.NEXORA_SMARTHOST.slice(colon + 1)),
    implicitTls: parsed.NEXORA_SMARTHOST_TLS,
    ...(username !== undefined && password !== undefined && { credentials: { username, password } }),
  };
}
