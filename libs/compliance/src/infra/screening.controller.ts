import { Controller } from '@nestjs/common';
import { ScreeningServiceService, type ScreenItem as ItemMessage, type ScreenRequest, type ScreenResponse, type ScreenResult, type ScreeningService } from '@nexoramail/contracts';
import type { ItemResult } from '@nexoramail/kernel';
import { GrpcService, knownId, modeOf, toItemError } from '@nexoramail/platform';
import { ScreenHandler } from '../application/screen.js';
import type { ScreenItem, ScreenPass } from '../domain/screen-rules.js';

/** Whether messages may go: `proto` ScreeningService. */
@Controller()
@GrpcService(ScreeningServiceService)
export class ScreeningController implements ScreeningService {
  constructor(private readonly handler: ScreenHandler) {}

  async screen({ items, dryRun }: ScreenRequest): Promise<ScreenResponse> {
    const results = await this.handler.execute(items.map(toItem), dryRun);
    return { results: results.map(toResult) };
  }
}

function toItem(item: ItemMessage): ScreenItem {
  return { ...item, accountId: knownId(item.accountId, 'account'), mode: modeOf(item.mode), messageId: knownId(item.messageId, 'message') };
}

function toResult(item: ItemResult<ScreenPass>): ScreenResult {
  if (item.kind !== 'ok') return { result: item.kind === 'refused' ? { $case: 'refused', refused: toItemError(item.error) } : { $case: 'retry', retry: toItemError(item.error) } };
  const { domain, suppressed, ruleIds } = item.value;
  return {
    result: {
      $case: 'ok',
      ok: {
        domainId: domain.id,
        domain: domain.name,
        returnPathDomain: domain.returnPathDomain,
        selectors: [...domain.selectors],
        suppressed: suppressed.map(({ index, reason }) => ({ index, origin: reason })),
        domainVersion: BigInt(domain.version),
        ruleIds: [...ruleIds],
      },
    },
  };
}
