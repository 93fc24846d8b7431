import type { ApiKey } from '../domain/api-key.js';
import type { ApiKeyStore } from './ports/api-key-store.js';
import type { PageOf } from './ports/page.js';

/** Keys of both modes, newest first; revoked ones stay listed. */
export class ListApiKeysHandler {
  constructor(private readonly store: ApiKeyStore) {}

  execute(accountId: string, afterId: string | undefined, limit: number): Promise<PageOf<ApiKey>> {
    return this.store.list(accountId, afterId, limit);
  }
}
