import { AccountsServiceService, type AccountsService } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { fromItemError, type Database, type RpcDirectory, type Sql, type Statement } from '@nexoramail/platform';
import type { EndpointLimits } from '../application/ports.js';

interface LimitsCopy {
  readonly accountId: string;
  readonly version: number;
  readonly webhooks: number;
}

const SAVE: Statement = {
  name: 'limits_save',
  text: `INSERT INTO account_limit AS l (account_id, version, webhooks) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::int[])
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, webhooks = excluded.webhooks WHERE l.version < excluded.version`,
};
// Version 0 is a row that only serves as a lock.
const FIND: Statement = { name: 'limits_find', text: 'SELECT webhooks FROM account_limit WHERE account_id = $1 AND version > 0' };

/** Keeps the newest version of each account's limit; older ones change nothing. */
export async function saveLimits(sql: Sql, limits: readonly LimitsCopy[]): Promise<void> {
  const newest = new Map<string, LimitsCopy>();
  for (const copy of limits) if (copy.version >= (newest.get(copy.accountId)?.version ?? 1)) newest.set(copy.accountId, copy);
  if (newest.size === 0) return;
  const rows = [...newest.values()].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  await sql.query(SAVE, [rows.map(({ accountId }) => accountId), rows.map(({ version }) => version), rows.map(({ webhooks }) => webhooks)]);
}

/** The copy of accounts' limits; a missing one is fetched from its owner and kept. Fails as the owner's call does. */
export class LimitsCopyReader implements EndpointLimits {
  constructor(private readonly db: Database, private readonly rpc: RpcDirectory) {}

  async limitOf(accountId: string): Promise<number> {
    const { rows } = await this.db.query<{ webhooks: number }>(FIND, [accountId]);
    if (rows[0]) return rows[0].webhooks;
    const { results } = await this.rpc.client<AccountsService>(AccountsServiceService).getLimits({ accountIds: [accountId] });
    const result = results[0]?.result;
    if (result?.$case === 'refused') throw fromItemError(result.refused);
    if (result?.$case !== 'ok') throw new AppError('temporarily_unavailable', 'The limits of the account cannot be told right now. Repeat the request.', { retryAfterS: 1 });
    await saveLimits(this.db, [{ accountId, version: Number(result.ok.version), webhooks: result.ok.webhooks }]);
    return result.ok.webhooks;
  }
}
