import { queryOptions } from '@tanstack/react-query';
import { allOf } from '../../api/all-of.js';
import type { Api } from '../../api/use-api.js';

/** All sender domains of the account. */
export function domainsQuery({ nexora, mode }: Api) {
  return queryOptions({ queryKey: ['domains', mode], queryFn: ({ signal }) => allOf(nexora.domains.list({ limit: 100, signal })) });
}
