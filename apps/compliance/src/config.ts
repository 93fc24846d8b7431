import { Type, type Static } from '@sinclair/typebox';
import { port, text, whole } from '@nexoramail/platform';

/** Variables of the compliance service. */
export const ComplianceVariables = Type.Object({
  /** Port of its gRPC server; not set: reached in its own process only. */
  NEXORA_GRPC_PORT: Type.Optional(port()),
  NEXORA_COMPLIANCE_POOL_SIZE: whole({ default: 4, minimum: 2, maximum: 50 }),
  /** Name servers `host[:port]`, separated by commas; not set: the system's. */
  NEXORA_DNS_SERVERS: Type.Unsafe<readonly string[]>(Type.Array(Type.String({ minLength: 1 }), { default: [] })),
  /** Target of the CNAME of every return path. */
  NEXORA_RETURN_PATH_HOST: text('returns.sandbox.test'),
  /** Target of the CNAME of every tracking host. */
  NEXORA_TRACKING_DNS_HOST: text('track.sandbox.test'),
});

export type ComplianceVariables = Static<typeof ComplianceVariables>;
