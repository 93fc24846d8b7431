import { DkimKeysServiceService, type DkimKeysService } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { fromItemError, type RpcDirectory } from '@nexoramail/platform';
import type { DkimKeys } from '../application/ports/dkim-keys.js';

/** Signing keys as dispatch makes them; RSA-2048, which every receiver verifies. */
export class RpcDkimKeys implements DkimKeys {
  private readonly keys: DkimKeysService;

  constructor(rpc: RpcDirectory) {
    this.keys = rpc.client<DkimKeysService>(DkimKeysServiceService);
  }

  async ensure(key: { readonly accountId: string; readonly domainId: string; readonly domain: string; readonly selector: string }): Promise<string> {
    const { results: [answer] } = await this.keys.ensureDkimKeys({ keys: [{ ...key, algorithm: 'rsa-sha256' }] });
    const result = answer?.result;
    if (result?.$case === 'ok') return result.ok.record;
    if (result?.$case === 'refused') throw fromItemError(result.refused);
    if (result?.$case === 'retry') throw fromItemError(result.retry);
    throw new AppError('temporarily_unavailable', 'The signing key could not be made. Repeat the request.', { retryAfterS: 1 });
  }
}
