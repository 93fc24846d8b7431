import type { Page } from '@nexoramail/kernel';
import type { ApiKey } from '../domain/api-key.js';
import type { ApiKeyStore } from './ports/api-key-store.js';

/** Keys of both modes, newest first; revoked ones stay listed. */
export class ListApiKeysHandler {
  constructor(private readonly store: ApiKeyStore) {}

  execute(accountId: string, afterId: string | undefined, limit: number): Promise<Page<ApiKey>> {
    return this.store.list(accountId, afterId, limit);
  }
}
