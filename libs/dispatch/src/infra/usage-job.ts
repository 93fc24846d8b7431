import { MailUsage, mailUsage } from '@nexoramail/contracts';
import type { Clock, IdSource } from '@nexoramail/kernel';
import { insertOutbox, type Database, type Statement, type Wake } from '@nexoramail/platform';

const BATCH = 500;

const CHANGED: Statement = {
  name: 'dispatch_usage_changed',
  text: `SELECT account_id, used, period_start FROM gate WHERE told_used <> used OR told_start <> period_start ORDER BY account_id LIMIT $1 FOR UPDATE SKIP LOCKED`,
};
const TOLD: Statement = {
  name: 'dispatch_usage_told',
  text: `UPDATE gate g SET told_used = t.used, told_start = t.start FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS t (account_id, used, start) WHERE g.account_id = t.account_id`,
};

/** Tells the running totals that changed: totals, not deltas, so a repeat does no harm. Test mail is free and not counted. */
export class UsageJob {
  constructor(private readonly db: Database, private readonly clock: Clock, private readonly ids: IdSource, private readonly wake: Wake) {}

  async run(): Promise<void> {
    while ((await this.batch()) === BATCH);
  }

  private async batch(): Promise<number> {
    const at = this.clock.now();
    const told = await this.db.transaction(async (tx) => {
      const { rows } = await tx.query<{ account_id: string; used: number; period_start: Date }>(CHANGED, [BATCH]);
      if (rows.length === 0) return 0;
      await insertOutbox(tx, rows.map(({ account_id: accountId, used, period_start: periodStart }) => ({
        topic: mailUsage.name, key: accountId, eventId: this.ids.uuid(), type: 'mail.usage',
        payload: MailUsage.encode({ accountId, mode: 'live', periodStart, accepted: BigInt(used), at }).finish(), headers: { account: accountId },
      })), at);
      await tx.query(TOLD, [rows.map(({ account_id: id }) => id), rows.map(({ used }) => used), rows.map(({ period_start: start }) => start)]);
      return rows.length;
    });
    if (told > 0) this.wake.signal('outbox:mail');
    return told;
  }
}
