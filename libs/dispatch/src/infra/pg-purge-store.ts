import type { Database, Statement } from '@nexoramail/platform';
import type { PurgeStore } from '../application/keys/purge-content.js';

const PURGE = (condition: string): string => `WITH due AS (
      SELECT k.message_id, k.release_day FROM content_key k WHERE ${condition} LIMIT $2 FOR UPDATE SKIP LOCKED
    ), frames AS (DELETE FROM content c USING due WHERE c.release_day = due.release_day AND c.message_id = due.message_id),
    subjects AS (UPDATE message m SET subject = NULL FROM due WHERE m.release_day = due.release_day AND m.id = due.message_id)
    DELETE FROM content_key k USING due WHERE k.message_id = due.message_id`;
const FINAL: Statement = {
  name: 'dispatch_purge_final',
  text: PURGE(`(k.accepted_at < $1 OR k.sensitive) AND NOT EXISTS (SELECT FROM queue q WHERE q.message_id = k.message_id)
      AND NOT EXISTS (SELECT FROM recipient r WHERE r.release_day = k.release_day AND r.message_id = k.message_id AND r.final_at >= $3 AND NOT k.sensitive)`),
};
const OVERDUE: Statement = { name: 'dispatch_purge_overdue', text: PURGE('k.epoch_id IN (SELECT e.id FROM epoch e WHERE e.destroy_by <= $1 AND e.destroyed_at IS NULL) AND NOT EXISTS (SELECT FROM queue q WHERE q.message_id = k.message_id)') };
// Two statements: the lock waits out no one (a commit under way holds the epoch and is passed over), and only what a snapshot taken after
// the lock shows as unused is destroyed. So either the accepting commit refers to the epoch, or it finds it destroyed.
const LOCK: Statement = { name: 'dispatch_epochs_lock', text: 'SELECT id FROM epoch WHERE destroyed_at IS NULL AND slice_end < $1 FOR UPDATE SKIP LOCKED' };
const CLOSE: Statement = {
  name: 'dispatch_epochs_close',
  text: `UPDATE epoch e SET destroyed_at = $2 WHERE e.id = ANY ($1) AND NOT EXISTS (SELECT FROM content_key k WHERE k.epoch_id = e.id) RETURNING e.id`,
};
const DESTROYED: Statement = { name: 'dispatch_epochs_destroyed', text: 'SELECT id FROM epoch WHERE id = ANY ($1) AND destroyed_at IS NOT NULL' };
const ANSWERS: Statement = { name: 'dispatch_answers_forget', text: 'DELETE FROM idempotency WHERE ctid = ANY (ARRAY (SELECT ctid FROM idempotency WHERE expires_at <= $1 LIMIT $2))' };

/** The purge in Postgres. */
export class PgPurgeStore implements PurgeStore {
  constructor(private readonly db: Database) {}

  async purgeFinal(acceptedBefore: Date, finalBefore: Date, limit: number): Promise<number> {
    return (await this.db.query(FINAL, [acceptedBefore, limit, finalBefore])).rowCount;
  }

  async purgeOverdue(now: Date, limit: number): Promise<number> {
    return (await this.db.query(OVERDUE, [now, limit])).rowCount;
  }

  async closeEpochs(closedBefore: Date, now: Date): Promise<string[]> {
    return this.db.transaction(async (tx) => {
      const { rows } = await tx.query<{ id: string }>(LOCK, [closedBefore]);
      if (rows.length === 0) return [];
      return (await tx.query<{ id: string }>(CLOSE, [rows.map(({ id }) => id), now])).rows.map(({ id }) => id);
    });
  }

  async destroyed(ids: readonly string[]): Promise<string[]> {
    return ids.length === 0 ? [] : (await this.db.query<{ id: string }>(DESTROYED, [ids])).rows.map(({ id }) => id);
  }

  async forgetAnswers(now: Date, limit: number): Promise<number> {
    return (await this.db.query(ANSWERS, [now, limit])).rowCount;
  }
}
