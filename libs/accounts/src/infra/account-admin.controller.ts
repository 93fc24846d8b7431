import { Controller } from '@nestjs/common';
import {
  AccountAdminServiceService, type AccountAdminService, type CreateAccountRequest, type CreateAccountResponse, type CreateUserRequest, type CreateUserResponse,
  type SetLimitsRequest, type SetLimitsResponse, type SetPlanRequest, type SetPlanResponse,
} from '@nexoramail/contracts';
import { GrpcService, knownId, newId } from '@nexoramail/platform';
import { ChangeLimitsHandler } from '../application/change-limits.js';
import { CreateAccountHandler } from '../application/create-account.js';
import { CreateUserHandler } from '../application/create-user.js';
import { toAccount, toLimits } from './changes.js';

/** Set-up of accounts by staff and by the seed: `proto` AccountAdminService. */
@Controller()
@GrpcService(AccountAdminServiceService)
export class AccountAdminController implements AccountAdminService {
  constructor(private readonly accounts: CreateAccountHandler, private readonly users: CreateUserHandler, private readonly limits: ChangeLimitsHandler) {}

  async createAccount(request: CreateAccountRequest): Promise<CreateAccountResponse> {
    const { account, limits } = await this.accounts.execute({ ...request, accountId: newId(request.accountId, '/account_id') });
    return { account: toAccount(account, limits) };
  }

  async createUser(request: CreateUserRequest): Promise<CreateUserResponse> {
    const accountId = request.accountId === '' ? undefined : knownId(request.accountId, 'account');
    await this.users.execute({ ...request, userId: newId(request.userId, '/user_id'), accountId });
    return {};
  }

  async setPlan({ accountId, plan }: SetPlanRequest): Promise<SetPlanResponse> {
    return { limits: toLimits(await this.limits.execute(knownId(accountId, 'account'), { plan })) };
  }

  async setLimits({ accountId, messagesPerPeriod, ...change }: SetLimitsRequest): Promise<SetLimitsResponse> {
    const messages = messagesPerPeriod === undefined ? undefined : Number(messagesPerPeriod);
    return { limits: toLimits(await this.limits.execute(knownId(accountId, 'account'), { ...change, messagesPerPeriod: messages })) };
  }
}
