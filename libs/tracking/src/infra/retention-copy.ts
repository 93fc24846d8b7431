import { AccountsServiceService, type AccountsService, type GetLimitsResponse } from '@nexoramail/contracts';
import type { Monotonic } from '@nexoramail/kernel';
import type { Database, Logger, RpcDirectory, Sql, Statement } from '@nexoramail/platform';
import type { Retention } from '../application/ports.js';

/** The longest retention of any plan, and for how long partitions are kept. */
export const MAX_RETENTION_DAYS = 90;
const FRESH_MS = 10_000;
const MAX_CACHED = 10_000;

interface LimitsCopy {
  readonly accountId: string;
  readonly version: number;
  readonly retentionDays: number;
}

const SAVE: Statement = {
  name: 'retention_save',
  text: `INSERT INTO retention AS r (account_id, version, days) SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::int[])
    ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, days = excluded.days WHERE r.version < excluded.version`,
};
const FIND: Statement = { name: 'retention_find', text: 'SELECT days FROM retention WHERE account_id = $1' };

/** Keeps the newest version of each account's retention; older ones change nothing. */
export async function saveLimits(tx: Sql, limits: readonly LimitsCopy[]): Promise<void> {
  const newest = new Map<string, LimitsCopy>();
  for (const copy of limits) if (copy.retentionDays > 0 && copy.version >= (newest.get(copy.accountId)?.version ?? 0)) newest.set(copy.accountId, copy);
  if (newest.size === 0) return;
  const rows = [...newest.values()].sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  await tx.query(SAVE, [rows.map(({ accountId }) => accountId), rows.map(({ version }) => version), rows.map(({ retentionDays }) => Math.min(retentionDays, MAX_RETENTION_DAYS))]);
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
      const { results }: GetLimitsResponse = await this.rpc.client<AccountsService>(AccountsServiceService).getLimits({ accountIds: [accountId] });
      const result = results[0]?.result;
      if (result?.$case !== 'ok' || result.ok.retentionDays <= 0) return undefined;
      await saveLimits(this.db, [{ accountId, version: Number(result.ok.version), retentionDays: result.ok.retentionDays }]);
      return Math.min(result.ok.retentionDays, MAX_RETENTION_DAYS);
    } catch (error) {
      this.logger.warn({ err: error, account_id: accountId }, 'The retention of an account could not be fetched; the longest one holds');
      return undefined;
    }
  }
}
