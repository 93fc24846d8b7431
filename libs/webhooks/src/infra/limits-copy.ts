import type { Limits } from '@nexoramail/contracts';
import { askLimits, type Database, type RpcDirectory, type Sql, type Statement } from '@nexoramail/platform';
import type { EndpointLimits } from '../application/ports.js';

// A copy changes only to a newer version (flows.md §1 rule 4). Version 0 is a row that only serves as a lock.
const SAVE: Statement = {
  name: 'limits_save',
  text: `INSERT INTO account_limit AS l (account_id, version, webhooks)
    SELECT DISTINCT ON (q.account_id) q.account_id, q.version, q.webhooks FROM unnest($1::uuid[], $2::bigint[], $3::int[]) AS q (account_id, version, webhooks)
    WHERE q.version > 0 ORDER BY q.account_id, q.version DESC
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, webhooks = excluded.webhooks WHERE l.version < excluded.version`,
};
const FIND: Statement = { name: 'limits_find', text: 'SELECT webhooks FROM account_limit WHERE account_id = $1 AND version > 0' };

/** Keeps the newest version of each account's limit; older ones change nothing. */
export async function saveLimits(sql: Sql, limits: readonly Limits[]): Promise<void> {
  if (limits.length > 0) await sql.query(SAVE, [limits.map(({ accountId }) => accountId), limits.map(({ version }) => version), limits.map(({ webhooks }) => webhooks)]);
}

/** The copy of accounts' limits; a missing one is fetched from its owner and kept. Fails as the owner's call does. */
export class LimitsCopyReader implements EndpointLimits {
  constructor(private readonly db: Database, private readonly rpc: RpcDirectory) {}

  async limitOf(accountId: string): Promise<number> {
    const { rows } = await this.db.query<{ webhooks: number }>(FIND, [accountId]);
    if (rows[0]) return rows[0].webhooks;
    const limits = await askLimits(this.rpc, accountId);
    await saveLimits(this.db, [limits]);
    return limits.webhooks;
  }
}
