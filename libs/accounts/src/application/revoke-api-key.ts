import { AppError, type Clock } from '@nexoramail/kernel';
import type { ApiKey } from '../domain/api-key.js';
import type { ApiKeyStore } from './ports/api-key-store.js';

/** Revokes a key: dead from the next `Authenticate` on, so within 5 s in every door. Idempotent; the first time holds. */
export class RevokeApiKeyHandler {
  constructor(private readonly store: ApiKeyStore, private readonly clock: Clock) {}

  async execute(accountId: string, keyId: string): Promise<ApiKey> {
    const key = await this.store.revoke(accountId, keyId, this.clock.now());
    if (!key) throw new AppError('not_found', 'There is no such API key.');
    return key;
  }
}
