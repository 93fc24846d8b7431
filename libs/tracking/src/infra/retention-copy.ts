import type { Limits } from '@nexoramail/contracts';
import type { Monotonic } from '@nexoramail/kernel';
import { askLimits, type Database, type Logger, type RpcDirectory, type Sql, type Statement } from '@nexoramail/platform';
import type { Retention } from '../application/ports.js';

/** The longest retention of any plan, and for how long partitions are kept. */
export const MAX_RETENTION_DAYS = 90;
const FRESH_MS = 10_000;
const MAX_CACHED = 10_000;

// A copy changes only to a newer version (flows.md §1 rule 4).
const SAVE: Statement = {
  name: 'retention_save',
  text: `INSERT INTO retention AS r (account_id, version, days)
    SELECT DISTINCT ON (q.account_id) q.account_id, q.version, least(q.days, $4) FROM unnest($1::uuid[], $2::bigint[], $3::int[]) AS q (account_id, version, days)
    WHERE q.days > 0 ORDER BY q.account_id, q.version DESC
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, days = excluded.days WHERE r.version < excluded.version`,
};
const FIND: Statement = { name: 'retention_find', text: 'SELECT days FROM retention WHERE account_id = $1' };

/** Keeps the newest version of each account's retention; older ones change nothing. */
export async function saveLimits(tx: Sql, limits: readonly Limits[]): Promise<void> {
  if (limits.length === 0) return;
  await tx.query(SAVE, [limits.map(({ accountId }) => accountId), limits.map(({ version }) => version), limits.map(({ retentionDays }) => retentionDays), MAX_RETENTION_DAYS]);
}

/** The copy of accounts' retention; a missing one is fetched from its owner and kept. */
export class RetentionCopy implements Retention {
  private readonly cache = new Map<string, { days: number; until: number }>();

  constructor(private readonly db: Database, private readonly rpc: RpcDirectory, private readonly monotonic: Monotonic, private readonly logger: Logger) {}

  async daysOf(accountId: string): Promise<number> {
    const known = this.cache.get(accountId);
    if (known !== undefined && known.until > this.monotonic.now()) return known.days;
    const { rows } = await this.db.query<{ days: number }>(FIND, [accountId]);
    const days = rows[0]?.days ?? (await this.fetch(accountId)) ?? MAX_RETENTION_DAYS;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(accountId, { days, until: this.monotonic.now() + FRESH_MS });
    return days;
  }

  private async fetch(accountId: string): Promise<number | undefined> {
    try {
      const limits = await askLimits(this.rpc, accountId);
      await saveLimits(this.db, [limits]);
      return limits.retentionDays > 0 ? Math.min(limits.retentionDays, MAX_RETENTION_DAYS) : undefined;
    } catch (error) {
      this.logger.warn({ err: error, account_id: accountId }, 'The retention of an account could not be fetched; the longest one holds');
      return undefined;
    }
  }
}
