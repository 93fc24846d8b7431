import { Controller } from '@nestjs/common';
import {
  AccountsServiceService, type AccountsService, type GetAccountRequest, type GetAccountResponse, type GetLimitsRequest, type GetLimitsResponse, type GetUsageRequest,
  type GetUsageResponse, type LimitsResult,
} from '@nexoramail/contracts';
import { AppError, isUuid, type ItemResult } from '@nexoramail/kernel';
import { GrpcService, knownId, toItemError } from '@nexoramail/platform';
import { GetAccountsHandler } from '../application/get-accounts.js';
import { GetUsageHandler } from '../application/get-usage.js';
import type { AccountWithLimits } from '../application/ports/account-store.js';
import { toAccount, toLimits } from './changes.js';

/** Accounts and their limits: `proto` AccountsService. */
@Controller()
@GrpcService(AccountsServiceService)
export class AccountsController implements AccountsService {
  constructor(private readonly accounts: GetAccountsHandler, private readonly usage: GetUsageHandler) {}

  async getAccount({ accountId }: GetAccountRequest): Promise<GetAccountResponse> {
    const { account, limits } = await this.accounts.one(knownId(accountId, 'account'));
    return toAccount(account, limits);
  }

  async getLimits({ accountIds }: GetLimitsRequest): Promise<GetLimitsResponse> {
    const known = accountIds.filter(isUuid);
    const results = new Map((await this.accounts.execute(known)).map((result, index) => [known[index], toResult(result)]));
    const unknown = (): LimitsResult => ({ result: { $case: 'refused', refused: toItemError(new AppError('not_found', 'There is no such account.')) } });
    return { results: accountIds.map((id) => results.get(id) ?? unknown()) };
  }

  async getUsage({ scope }: GetUsageRequest): Promise<GetUsageResponse> {
    const { used, limits } = await this.usage.execute(knownId(scope?.accountId ?? '', 'account'), scope?.mode ?? '');
    return { used: BigInt(used), limit: BigInt(limits.messagesPerPeriod), periodStart: limits.period.start, periodEnd: limits.period.end };
  }
}

function toResult(item: ItemResult<AccountWithLimits>): LimitsResult {
  if (item.kind === 'ok') return { result: { $case: 'ok', ok: toLimits(item.value.limits) } };
  return { result: item.kind === 'refused' ? { $case: 'refused', refused: toItemError(item.error) } : { $case: 'retry', retry: toItemError(item.error) } };
}
