import type { Limits } from '@nexoramail/contracts';
import { askLimits, type RpcDirectory, type Sql, type Statement } from '@nexoramail/platform';
import type { DomainLimits } from '../application/ports/domain-limits.js';

const FIND: Statement = { name: 'compliance_limits_find', text: 'SELECT domains FROM account_limits WHERE account_id = $1::uuid' };
// A copy changes only to a newer version (flows.md §1 rule 4).
const STORE: Statement = {
  name: 'compliance_limits_store',
  text: `INSERT INTO account_limits AS l (account_id, version, domains)
    SELECT DISTINCT ON (q.account_id) q.account_id, q.version, q.domains FROM unnest($1::uuid[], $2::int8[], $3::int[]) AS q (account_id, version, domains)
    ORDER BY q.account_id, q.version DESC
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, domains = excluded.domains WHERE l.version < excluded.version`,
};

/** Keeps newer copies of limits. */
export async function storeLimits(sql: Sql, limits: readonly Limits[]): Promise<void> {
  if (limits.length > 0) await sql.query(STORE, [limits.map(({ accountId }) => accountId), limits.map(({ version }) => version), limits.map(({ domains }) => domains)]);
}

/** Limits from the copy; a missing one is asked for at accounts and kept. */
export class PgDomainLimits implements DomainLimits {
  constructor(private readonly db: Sql, private readonly rpc: RpcDirectory) {}

  async of(accountId: string): Promise<number> {
    const { rows: [copy] } = await this.db.query<{ domains: number }>(FIND, [accountId]);
    if (copy) return copy.domains;
    const limits = await askLimits(this.rpc, accountId);
    await storeLimits(this.db, [limits]);
    return limits.domains;
  }
}
