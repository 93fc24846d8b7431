import { expect, test } from '@jest/globals';
import { AccountsServiceService, Limits, type GetLimitsResponse } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { toItemError } from '../rpc/errors.js';
import { testRuntime } from '../testing/test-runtime.js';
import { askLimits } from './account-limits.js';

const accountId = '0195500c-4e80-7000-8000-000000000001';
const runtime = testRuntime();
let answer: GetLimitsResponse['results'] = [];
runtime.directory.register(AccountsServiceService, { getLimits: () => Promise.resolve({ results: answer }) });

test('limits come from accounts, or its refusal, or the request to ask again', async () => {
  answer = [{ result: { $case: 'ok', ok: Limits.fromPartial({ accountId, version: 3n, domains: 5 }) } }];
  expect(await askLimits(runtime.rpc, accountId)).toMatchObject({ accountId, version: 3n, domains: 5 });
  answer = [{ result: { $case: 'refused', refused: toItemError(new AppError('not_found', 'There is no such account.')) } }];
  await expect(askLimits(runtime.rpc, accountId)).rejects.toMatchObject({ code: 'not_found', message: 'There is no such account.' });
  answer = [];
  await expect(askLimits(runtime.rpc, accountId)).rejects.toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });
});
