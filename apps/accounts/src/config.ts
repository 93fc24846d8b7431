import { Type, type Static } from '@sinclair/typebox';
import { port, whole } from '@nexoramail/platform';

/** Variables of the accounts service. */
export const AccountsVariables = Type.Object({
  /** Port of its gRPC server; not set: reached in its own process only. */
  NEXORA_GRPC_PORT: Type.Optional(port()),
  NEXORA_ACCOUNTS_POOL_SIZE: whole({ default: 4, minimum: 2, maximum: 50 }),
});

export type AccountsVariables = Static<typeof AccountsVariables>;
