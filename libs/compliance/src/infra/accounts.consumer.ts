import { accountsChanges, type AccountsChange } from '@nexoramail/contracts';
import type { Clock } from '@nexoramail/kernel';
import { InboxConsumer, type Database, type EventBus, type InboxEvent, type Logger, type Sql, type Statement } from '@nexoramail/platform';
import { FIRST_STANDING } from '../domain/standing.js';
import { storeLimits } from './pg-domain-limits.js';

// A standing that was decided before the account's own event arrived stays.
const FIRST: Statement = {
  name: 'compliance_first_standing',
  text: `INSERT INTO standing (account_id, state, version, reason, actor, changed_at)
    SELECT DISTINCT ON (q.account_id) q.account_id, $3, 1, 'New account', 'system', q.at FROM unnest($1::uuid[], $2::timestamptz[]) AS q (account_id, at) ORDER BY q.account_id, q.at
    ON CONFLICT DO NOTHING`,
};

/** Gives new accounts their first standing and keeps copies of limits. */
export function accountsConsumer(options: { readonly db: Database; readonly bus: EventBus; readonly clock: Clock; readonly logger: Logger }): InboxConsumer<AccountsChange> {
  const { clock } = options;
  return new InboxConsumer<AccountsChange>({ ...options, group: 'compliance', topics: [accountsChanges], handle: (tx, events) => handleAccounts(tx, events, clock.now()) });
}

/** Stores a batch of changes in the consumer's transaction. */
export async function handleAccounts(tx: Sql, events: readonly InboxEvent<AccountsChange>[], now: Date): Promise<void> {
  const changes = events.map(({ value }) => value.change);
  const accounts = changes.flatMap((change) => (change?.$case === 'account' ? [change.account] : []));
  if (accounts.length > 0) await tx.query(FIRST, [accounts.map(({ accountId }) => accountId), accounts.map(({ at }) => at ?? now), FIRST_STANDING]);
  await storeLimits(tx, changes.flatMap((change) => (change?.$case === 'limits' ? [change.limits] : [])));
}
