import { expect, test } from '@jest/globals';
import { QueryClient } from '@tanstack/react-query';
import { forgetAccountData } from './account-data.js';

test('account data of both modes is dropped at a sign-out, the sign-in page keeps what it shows', () => {
  const client = new QueryClient();
  for (const key of [['emails', 'live', {}], ['email', 'test', 'em_1', 'events'], ['domains', 'live'], ['demo'], ['session']]) client.setQueryData(key, 1);
  forgetAccountData(client);
  expect(client.getQueryCache().getAll().map(({ queryKey }) => queryKey[0])).toEqual(['demo', 'session']);
  client.clear();
});
