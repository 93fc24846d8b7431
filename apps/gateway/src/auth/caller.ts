import type { ApiScope, Mode } from '@nexoramail/kernel';

/** Who makes a request, however they showed it. Everything they read or write is confined to (account, mode). */
export interface Caller {
  readonly kind: 'key' | 'session';
  readonly accountId: string;
  readonly accountRef: bigint;
  readonly mode: Mode;
  /** API key's UUID, or the session's. */
  readonly credentialId: string;
  readonly scopes: ReadonlySet<ApiScope>;
  readonly defaultCategory: string;
  readonly plan: string;
  /** Person behind a session; empty for a key. */
  readonly userId: string;
  readonly role: string;
}

/** What every gRPC call about a caller's data is confined to. */
export const scopeOf = ({ accountId, mode }: Caller): { accountId: string; mode: string } => ({ accountId, mode });
