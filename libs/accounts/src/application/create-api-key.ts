import { generateApiKey, hashApiKey, type Clock, type IdSource, type Random } from '@nexoramail/kernel';
import { checkApiKeyWish, type ApiKey, type ApiKeyWish } from '../domain/api-key.js';
import type { ApiKeyStore } from './ports/api-key-store.js';

/** Makes a key. The secret is in this answer and nowhere else. Source: security.md S74. */
export class CreateApiKeyHandler {
  constructor(
    private readonly store: ApiKeyStore,
    /** Derived from the master key under `api-key`. */
    private readonly hashKey: Uint8Array,
    private readonly random: Random,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async execute(accountId: string, wish: ApiKeyWish): Promise<{ readonly key: ApiKey; readonly secret: string }> {
    const createdAt = this.clock.now();
    const checked = checkApiKeyWish(wish, createdAt);
    const { secret, prefix } = generateApiKey(checked.mode, this.random);
    const key: ApiKey = { ...checked, id: this.ids.uuid(), accountId, prefix, createdAt, lastUsedAt: undefined, revokedAt: undefined };
    await this.store.create(key, hashApiKey(this.hashKey, secret));
    return { key, secret };
  }
}
