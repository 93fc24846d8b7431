import { Controller } from '@nestjs/common';
import {
  ApiKeysServiceService, type ApiKey as ApiKeyMessage, type ApiKeysService, type CreateApiKeyRequest, type CreateApiKeyResponse, type GetApiKeyRequest, type GetApiKeyResponse,
  type ListApiKeysRequest, type ListApiKeysResponse, type RevokeApiKeyRequest, type RevokeApiKeyResponse,
} from '@nexoramail/contracts';
import { pageEnd, pageSize } from '@nexoramail/kernel';
import { Cursors, GrpcService, knownId } from '@nexoramail/platform';
import { CreateApiKeyHandler } from '../application/create-api-key.js';
import { GetApiKeyHandler } from '../application/get-api-key.js';
import { ListApiKeysHandler } from '../application/list-api-keys.js';
import { RevokeApiKeyHandler } from '../application/revoke-api-key.js';
import type { ApiKey } from '../domain/api-key.js';

/** API keys of an account: `proto` ApiKeysService. */
@Controller()
@GrpcService(ApiKeysServiceService)
export class ApiKeysController implements ApiKeysService {
  constructor(
    private readonly create: CreateApiKeyHandler,
    private readonly list: ListApiKeysHandler,
    private readonly get: GetApiKeyHandler,
    private readonly revoke: RevokeApiKeyHandler,
    private readonly cursors: Cursors,
  ) {}

  async createApiKey(request: CreateApiKeyRequest): Promise<CreateApiKeyResponse> {
    const { mode, name, scopes, expiresAt } = request;
    const { key, secret } = await this.create.execute(knownId(request.accountId, 'account'), { mode, name, scopes, expiresAt });
    return { key: toMessage(key), secret };
  }

  async listApiKeys({ accountId, page }: ListApiKeysRequest): Promise<ListApiKeysResponse> {
    const list = `api_keys\0${accountId}`;
    const found = await this.list.execute(knownId(accountId, 'account'), this.cursors.read(list, page?.after ?? ''), pageSize(page?.limit ?? 0));
    return { keys: found.items.map(toMessage), page: pageEnd(found, ({ id }) => this.cursors.write(list, id)) };
  }

  async getApiKey({ accountId, keyId }: GetApiKeyRequest): Promise<GetApiKeyResponse> {
    return { key: toMessage(await this.get.execute(knownId(accountId, 'account'), knownId(keyId, 'API key'))) };
  }

  async revokeApiKey({ accountId, keyId }: RevokeApiKeyRequest): Promise<RevokeApiKeyResponse> {
    return { key: toMessage(await this.revoke.execute(knownId(accountId, 'account'), knownId(keyId, 'API key'))) };
  }
}

function toMessage({ id, mode, name, prefix, scopes, createdAt, lastUsedAt, expiresAt, revokedAt }: ApiKey): ApiKeyMessage {
  return { id, mode, name, prefix, scopes: [...scopes], createdAt, lastUsedAt, expiresAt, revokedAt };
}
