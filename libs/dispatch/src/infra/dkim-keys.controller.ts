import { Controller, Inject } from '@nestjs/common';
import { DkimKeysServiceService, type DkimKeyResult, type DkimKeysService, type EnsureDkimKeysRequest, type EnsureDkimKeysResponse } from '@nexoramail/contracts';
import { GrpcService, toItemError } from '@nexoramail/platform';
import { EnsureDkimKeys } from '../application/keys/ensure-dkim-keys.js';

/** `DkimKeysService`: public parts only. */
@Controller()
@GrpcService(DkimKeysServiceService)
export class DkimKeysController implements DkimKeysService {
  constructor(@Inject(EnsureDkimKeys) private readonly ensure: EnsureDkimKeys) {}

  async ensureDkimKeys({ keys }: EnsureDkimKeysRequest): Promise<EnsureDkimKeysResponse> {
    const results = await this.ensure.execute(keys);
    return {
      results: results.map((result): DkimKeyResult => {
        if (result.kind === 'ok') return { result: { $case: 'ok', ok: result.value } };
        const error = toItemError(result.error);
        return { result: result.kind === 'refused' ? { $case: 'refused', refused: error } : { $case: 'retry', retry: error } };
      }),
    };
  }
}
