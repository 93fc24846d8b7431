import { expect, test } from '@jest/globals';
import { parseConfig } from '@nexoramail/platform';
import { AccountsVariables } from './config.js';

test('without variables the service has a pool and no port of its own', () => {
  expect(parseConfig(AccountsVariables, {})).toEqual({ NEXORA_ACCOUNTS_POOL_SIZE: 4 });
});

test('a wrong variable is named, its value is not', () => {
  expect(() => parseConfig(AccountsVariables, { NEXORA_GRPC_PORT: '70000' })).toThrow(/^(?!.*70000).*NEXORA_GRPC_PORT/);
});
