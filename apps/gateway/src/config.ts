import { ConfigError, parseConfig, type Runtime } from '@nexoramail/platform';
import { Type, type Static } from '@sinclair/typebox';

const Schema = Type.Object({
  NEXORA_GATEWAY_PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 8080 }),
  NEXORA_GATEWAY_HOST: Type.String({ default: '127.0.0.1' }),
  NEXORA_PORT_OFFSET: Type.Integer({ minimum: 0, maximum: 50000, default: 0 }),
  NEXORA_BEHIND_TLS_PROXY: Type.Boolean({ default: false }),
  NEXORA_RATE_LIMIT: Type.Integer({ minimum: 1, default: 500, description: 'requests a second and key; the burst is twice that' }),
});

/** Settings of the gateway. */
export interface GatewayConfig {
  readonly port: number;
  readonly host: string;
  readonly behindTlsProxy: boolean;
  readonly rateLimitPerSecond: number;
}

/** Reads the gateway's settings; plain HTTP is for loopback or behind a TLS proxy only. */
export function gatewayConfig(variables: Runtime['variables']): GatewayConfig {
  const parsed: Static<typeof Schema> = parseConfig(Schema, variables);
  const loopback = /^(127\.|localhost$|::1$)/.test(parsed.NEXORA_GATEWAY_HOST);
  if (!loopback && !parsed.NEXORA_BEHIND_TLS_PROXY) {
    throw new ConfigError([{ name: 'NEXORA_GATEWAY_HOST', problem: 'is not a loopback address: plain HTTP is served there only behind a TLS proxy (NEXORA_BEHIND_TLS_PROXY=true)' }]);
  }
  return {
    port: parsed.NEXORA_GATEWAY_PORT === 0 ? 0 : parsed.NEXORA_GATEWAY_PORT + parsed.NEXORA_PORT_OFFSET,
    host: parsed.NEXORA_GATEWAY_HOST,
    behindTlsProxy: parsed.NEXORA_BEHIND_TLS_PROXY,
    rateLimitPerSecond: parsed.NEXORA_RATE_LIMIT,
  };
}
