import { Type } from '@sinclair/typebox';
import { ConfigError, flag, httpUrl, parseConfig, port, text, whole } from '@nexoramail/platform';
import type { TrackingConfig } from '@nexoramail/tracking';

const Variables = Type.Object({
  /** Public listener of tracking hosts (links, pixels, one-click unsubscribe). */
  NEXORA_TRACKING_PORT: port(8081),
  NEXORA_TRACKING_HOST: text('127.0.0.1'),
  NEXORA_PORT_OFFSET: whole({ default: 0, maximum: 50_000 }),
  /** TLS ends at a proxy before this listener. */
  NEXORA_BEHIND_TLS_PROXY: flag(false),
  /** Origin of the API, for the `type` of problems. */
  NEXORA_API_URL: Type.Optional(httpUrl()),
  /** gRPC port of a service on its own. */
  NEXORA_GRPC_PORT: Type.Optional(port()),
});

/** Settings of the tracking service. */
export interface ServiceConfig extends TrackingConfig {
  readonly grpcPort?: number;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Parsed once at the start; names what is wrong, never a value. Plain HTTP is for loopback, or for a proxy that ends TLS. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const values = parseConfig(Variables, variables);
  const { NEXORA_TRACKING_HOST: host, NEXORA_TRACKING_PORT: base, NEXORA_GRPC_PORT: grpcPort, NEXORA_API_URL: apiUrl } = values;
  if (!isLoopback(host) && !values.NEXORA_BEHIND_TLS_PROXY) {
    throw new ConfigError([{ name: 'NEXORA_TRACKING_HOST', problem: 'must be a loopback address, unless NEXORA_BEHIND_TLS_PROXY is true' }]);
  }
  return {
    http: { host, port: base === 0 ? 0 : base + values.NEXORA_PORT_OFFSET, ...(apiUrl !== undefined && { apiUrl }) },
    ...(grpcPort !== undefined && { grpcPort }),
  };
}
