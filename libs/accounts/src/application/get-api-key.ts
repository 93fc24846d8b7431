import { AppError } from '@nexoramail/kernel';
import type { ApiKey } from '../domain/api-key.js';
import type { ApiKeyStore } from './ports/api-key-store.js';

/** One key of the account; another account's is `not_found`. */
export class GetApiKeyHandler {
  constructor(private readonly store: ApiKeyStore) {}

  async execute(accountId: string, keyId: string): Promise<ApiKey> {
    const key = await this.store.find(accountId, keyId);
    if (!key) throw new AppError('not_found', 'There is no such API key.');
    return key;
  }
}
