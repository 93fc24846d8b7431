import type { QueryClient, QueryKey } from '@tanstack/react-query';

/** True for a query about an account's data: the mode is the second part of each such key. */
export function isAccountData(queryKey: QueryKey): boolean {
  return queryKey[1] === 'live' || queryKey[1] === 'test';
}

/** Drops all account data, so that the next person at this screen sees none of it. */
export function forgetAccountData(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => isAccountData(queryKey) });
}
