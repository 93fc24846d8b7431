import type { Page } from '@nexoramail/kernel';
import type { ApiKey } from '../../domain/api-key.js';

/** API keys of an account. Every read and write names the account. */
export interface ApiKeyStore {
  /** Stores key and change in one commit. `conflict` when the account has too many live keys, `not_found` without such an account. */
  create(key: ApiKey, hash: Uint8Array): Promise<void>;
  /** Newest first: ids are in the order of time. */
  list(accountId: string, afterId: string | undefined, limit: number): Promise<Page<ApiKey>>;
  find(accountId: string, keyId: string): Promise<ApiKey | undefined>;
  /** Revokes, with its change in the same commit; a revoked one stays as it is. */
  revoke(accountId: string, keyId: string, at: Date): Promise<ApiKey | undefined>;
}
