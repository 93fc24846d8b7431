import { AccountsServiceService, type AccountsService, type Limits } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import type { RpcDirectory } from '../rpc/directory.js';
import { fromItemError } from '../rpc/errors.js';

/** An account's limits, asked of accounts: for a context whose copy has none yet. Fails as accounts does; `temporarily_unavailable` without an answer. */
export async function askLimits(rpc: RpcDirectory, accountId: string): Promise<Limits> {
  const { results: [answer] } = await rpc.client<AccountsService>(AccountsServiceService).getLimits({ accountIds: [accountId] });
  const result = answer?.result;
  if (result?.$case === 'refused') throw fromItemError(result.refused);
  if (result?.$case !== 'ok') throw new AppError('temporarily_unavailable', 'The limits of the account cannot be told right now. Repeat the request.', { retryAfterS: 1 });
  return result.ok;
}
