import { Type } from '@sinclair/typebox';
import { parseConfig, port, type Runtime } from '@nexoramail/platform';
import type { WebhooksConfig } from '@nexoramail/webhooks';

const Variables = Type.Object({
  /** Loopback may be posted to, by http too. Left out: true in the embedded default, else false. */
  WEBHOOKS_ALLOW_LOOPBACK: Type.Optional(Type.Boolean()),
  /** Our own hosts: addresses or networks, separated by commas, that may never be posted to. */
  WEBHOOKS_DENY_ADDRESSES: Type.Array(Type.String(), { default: [] }),
  /** Name servers in place of the system's, separated by commas. */
  WEBHOOKS_DNS_SERVERS: Type.Array(Type.String(), { default: [] }),
  /** gRPC port of a service on its own. */
  NEXORA_GRPC_PORT: Type.Optional(port()),
});

/** Settings of the webhooks service. */
export interface ServiceConfig extends WebhooksConfig {
  readonly grpcPort?: number;
}

/** Parsed once at the start; names what is wrong, never a value. */
export function readConfig({ variables, env }: Pick<Runtime, 'variables' | 'env'>): ServiceConfig {
  const values = parseConfig(Variables, variables);
  const { WEBHOOKS_DENY_ADDRESSES: deny, WEBHOOKS_DNS_SERVERS: dnsServers, NEXORA_GRPC_PORT: grpcPort } = values;
  return {
    allowLoopback: values.WEBHOOKS_ALLOW_LOOPBACK ?? env === 'embedded',
    deny,
    ...(dnsServers.length > 0 && { dnsServers }),
    ...(env === 'cluster' && grpcPort !== undefined && { grpcPort }),
  };
}
