import { AppError } from '@nexoramail/kernel';
import type { AccountsService, AccountStanding, Limits, StandingsService } from '@nexoramail/contracts';
import { fromItemError, type Database, type Sql, type Statement } from '@nexoramail/platform';
import type { Gates } from '../application/ports/accept-ports.js';

const ADD: Statement = {
  name: 'dispatch_gate_add',
  text: `INSERT INTO gate (account_id, account_ref, plan, limits_version, standing, standing_version, messages_per_period, period_anchor, period_start, period_end)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) ON CONFLICT (account_id) DO NOTHING`,
};
// A period that already rolled over here stays; a new one of the owner begins at zero.
const SET_LIMITS: Statement = {
  name: 'dispatch_gate_limits',
  text: `UPDATE gate SET account_ref = $2, plan = $3, limits_version = $4, messages_per_period = $5, period_anchor = $6,
      used = CASE WHEN $6 > period_start THEN 0 ELSE used END,
      period_end = CASE WHEN $6 >= period_start THEN $7 ELSE period_end END, period_start = greatest(period_start, $6)
    WHERE account_id = $1 AND limits_version < $4`,
};
const SET_STANDING: Statement = { name: 'dispatch_gate_standing', text: 'UPDATE gate SET standing = $2, standing_version = $3 WHERE account_id = $1 AND standing_version < $3' };

/** Gate rows: fetched from accounts and compliance when missing, kept up to date by their topics; only a newer version changes a copy. */
export class PgGates implements Gates {
  private readonly fetching = new Map<string, Promise<void>>();

  constructor(private readonly db: Database, private readonly accounts: AccountsService, private readonly standings: StandingsService) {}

  fetch(accountId: string): Promise<void> {
    const known = this.fetching.get(accountId);
    if (known) return known;
    const fetching = this.load(accountId).finally(() => this.fetching.delete(accountId));
    this.fetching.set(accountId, fetching);
    return fetching;
  }

  private async load(accountId: string): Promise<void> {
    const [limits, standing] = await Promise.all([this.limits(accountId), this.standing(accountId)]);
    const { accountRef, plan, version, messagesPerPeriod, periodStart, periodEnd } = limits;
    if (!periodStart || !periodEnd) throw unavailable();
    await this.db.query(ADD, [accountId, accountRef, plan, version, standing.standing, standing.version, messagesPerPeriod, periodStart, periodEnd]);
  }

  private async limits(accountId: string): Promise<Limits> {
    const { results } = await this.accounts.getLimits({ accountIds: [accountId] });
    const result = results[0]?.result;
    if (result?.$case === 'ok') return result.ok;
    throw result?.$case === 'refused' ? fromItemError(result.refused) : unavailable();
  }

  private async standing(accountId: string): Promise<AccountStanding> {
    const { results } = await this.standings.getStandings({ accountIds: [accountId] });
    const result = results[0]?.result;
    if (result?.$case === 'ok') return result.ok;
    throw result?.$case === 'refused' ? fromItemError(result.refused) : unavailable();
  }
}

/** Newer limits into the gate, if there is one. */
export async function applyLimits(tx: Sql, { accountId, accountRef, plan, version, messagesPerPeriod, periodStart, periodEnd }: Limits): Promise<void> {
  if (!periodStart || !periodEnd) return;
  await tx.query(SET_LIMITS, [accountId, accountRef, plan, version, messagesPerPeriod, periodStart, periodEnd]);
}

/** A newer standing into the gate, if there is one. */
export async function applyStanding(tx: Sql, { accountId, standing, version }: AccountStanding): Promise<void> {
  await tx.query(SET_STANDING, [accountId, standing, version]);
}

const unavailable = (): AppError => new AppError('temporarily_unavailable', 'The account could not be looked up. Repeat the request.', { retryAfterS: 1 });
