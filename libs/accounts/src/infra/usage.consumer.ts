import { mailUsage, type MailUsage } from '@nexoramail/contracts';
import type { Clock } from '@nexoramail/kernel';
import { InboxConsumer, type Database, type EventBus, type InboxEvent, type Logger, type Sql, type Statement } from '@nexoramail/platform';

// Totals, not deltas: the newest wins, whatever the order.
const STORE: Statement = {
  name: 'accounts_store_usage',
  text: `INSERT INTO usage AS u (account_id, mode, period_start, accepted, at)
    SELECT DISTINCT ON (q.account_id, q.mode, q.period_start) q.account_id, q.mode, q.period_start, q.accepted, q.at
    FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int8[], $5::timestamptz[]) AS q (account_id, mode, period_start, accepted, at)
    ORDER BY q.account_id, q.mode, q.period_start, q.at DESC, q.accepted DESC
    ON CONFLICT (account_id, mode, period_start) DO UPDATE SET accepted = excluded.accepted, at = excluded.at WHERE u.at <= excluded.at`,
};

/** Keeps the totals of accepted recipients that dispatch reports each 10 s. */
export function usageConsumer(options: { readonly db: Database; readonly bus: EventBus; readonly clock: Clock; readonly logger: Logger }): InboxConsumer<MailUsage> {
  return new InboxConsumer<MailUsage>({ ...options, group: 'accounts', topics: [mailUsage], handle: storeUsage });
}

/** Stores a batch of totals in the consumer's transaction. */
export async function storeUsage(tx: Sql, events: readonly InboxEvent<MailUsage>[]): Promise<void> {
  const totals = events.map(({ value }) => value).filter(({ periodStart, at }) => periodStart !== undefined && at !== undefined);
  await tx.query(STORE, [
    totals.map((total) => total.accountId),
    totals.map((total) => total.mode),
    totals.map((total) => total.periodStart),
    totals.map((total) => total.accepted),
    totals.map((total) => total.at),
  ]);
}
