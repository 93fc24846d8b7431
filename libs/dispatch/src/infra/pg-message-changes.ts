import { randomUUID } from 'node:crypto';
import type { Clock, Mode } from '@nexoramail/kernel';
import type { Database, Sql, Statement, Wake } from '@nexoramail/platform';
import type { MessageChanges } from '../application/ports/change-ports.js';
import type { Finish, LeasedRecipient } from '../application/ports/deliver-ports.js';
import { dayOf } from '../domain/submission.js';
import { FINISH, finishValues } from './finish-values.js';
import { toLeased, type LeasedRow } from './queue-rows.js';

// In the order in which finish_batch takes its locks: messages by id, then their queue rows.
const LOCK: Statement = {
  name: 'dispatch_change_lock',
  text: `SELECT m.id FROM message m JOIN (
      SELECT DISTINCT message_id, release_day FROM queue WHERE message_id = ANY ($1) AND account_id = $2 AND mode = $3) AS q
    ON m.release_day = q.release_day AND m.id = q.message_id ORDER BY m.id FOR UPDATE OF m`,
};
// Predecessors of an ordering key, so that they cannot end between our look and our commit.
const PREDECESSORS: Statement = {
  name: 'dispatch_change_predecessors',
  text: 'SELECT p.message_id FROM queue p WHERE p.message_id IN (SELECT after_id FROM queue WHERE message_id = ANY ($1) AND account_id = $2 AND mode = $3 AND state = 3) FOR SHARE OF p',
};
// Who waited for a message that was waiting itself now waits for that one's predecessor.
const RELINK: Statement = {
  name: 'dispatch_change_relink',
  text: `UPDATE queue s SET after_id = b.after_id FROM (SELECT DISTINCT message_id, after_id FROM queue WHERE lease_token = $2 AND message_id = ANY ($1) AND state = 3) AS b WHERE s.after_id = b.message_id`,
};
// A lease that is being taken right now is waited for and then seen; one that we take first is passed over (SKIP LOCKED).
const TAKE: Statement = {
  name: 'dispatch_change_take',
  text: `UPDATE queue SET lease_token = $4, lease_until = $5 WHERE message_id = ANY ($1) AND account_id = $2 AND mode = $3
      AND lease_token IS NULL AND unknowns = 0 AND ($6::smallint IS NULL OR state = $6) RETURNING message_id, n`,
};
const ROWS: Statement = { name: 'dispatch_change_rows', text: 'SELECT * FROM leased_rows($1, $2, $3)' };
// All of them locked: none is released between our look and our commit.
const OPEN: Statement = { name: 'dispatch_change_open', text: 'SELECT state = 1 AND lease_token IS NULL AS scheduled FROM queue WHERE message_id = $1 ORDER BY n FOR UPDATE' };
// All that lies by release day goes along, else it would be dropped with its old day. The time to live is counted from the new time.
const MOVE: Statement = {
  name: 'dispatch_change_move',
  text: `WITH moved AS (
      UPDATE message SET release_day = $3::date, scheduled_at = $4::timestamptz, expires_at = $4::timestamptz + (expires_at - scheduled_at) WHERE release_day = $2::date AND id = $1 RETURNING expires_at
    ), recipients AS (UPDATE recipient SET release_day = $3::date WHERE release_day = $2::date AND message_id = $1),
    contents AS (UPDATE content SET release_day = $3::date WHERE release_day = $2::date AND message_id = $1),
    keys AS (UPDATE content_key SET release_day = $3::date WHERE message_id = $1 RETURNING epoch_id),
    epochs AS (UPDATE epoch SET slice_end = $4::timestamptz, destroy_by = $4::timestamptz + (destroy_by - slice_end) WHERE id = (SELECT epoch_id FROM keys) AND id = 'r' || $1::text)
    UPDATE queue SET release_day = $3::date, expires_at = (SELECT expires_at FROM moved) WHERE message_id = $1`,
};
const SCHEDULED = 1;

/** What a row under our own lock is worked on with: nobody sees the token, since it is gone again at the commit. */
const NO_LEASE_END = Number.POSITIVE_INFINITY;

/** Cancel and reschedule in Postgres: one transaction takes the rows as a lease would, and finishes them. */
export class PgMessageChanges implements MessageChanges {
  constructor(private readonly db: Database, private readonly clock: Clock, private readonly wall: Clock, private readonly wake: Wake) {}

  async cancel(accountId: string, mode: Mode, ids: readonly string[], end: (row: LeasedRecipient) => Finish): Promise<void> {
    const ended = await this.db.transaction(async (tx) => {
      await tx.query(LOCK, [ids, accountId, mode]);
      await tx.query(PREDECESSORS, [ids, accountId, mode]);
      const rows = await this.take(tx, [ids, accountId, mode], null);
      const [first] = rows;
      if (first) await tx.query(RELINK, [rows.map(({ messageId }) => messageId), first.token]);
      await this.finish(tx, rows.map(end));
      return rows.length;
    });
    if (ended > 0) this.told();
  }

  async reschedule(accountId: string, mode: Mode, id: string, at: Date, move: (row: LeasedRecipient) => Finish): Promise<boolean> {
    const moved = await this.db.transaction(async (tx) => {
      await tx.query(LOCK, [[id], accountId, mode]);
      const { rows: open } = await tx.query<{ scheduled: boolean }>(OPEN, [id]);
      const rows = open.every(({ scheduled }) => scheduled) ? await this.take(tx, [[id], accountId, mode], SCHEDULED) : [];
      const [first] = rows;
      if (!first) return false;
      await this.finish(tx, rows.map(move));
      await tx.query(MOVE, [id, first.releaseDay, dayOf(at), at]);
      return true;
    });
    if (moved) this.told();
    return moved;
  }

  private async take(tx: Sql, [ids, accountId, mode]: readonly [readonly string[], string, Mode], state: number | null): Promise<LeasedRecipient[]> {
    const token = randomUUID();
    const { rows: taken } = await tx.query<{ message_id: string; n: number }>(TAKE, [ids, accountId, mode, token, this.wall.now(), state]);
    if (taken.length === 0) return [];
    const { rows } = await tx.query<LeasedRow>(ROWS, [token, taken.map(({ message_id: id }) => id), taken.map(({ n }) => n)]);
    return rows.map((row) => toLeased(row, token, NO_LEASE_END));
  }

  private async finish(tx: Sql, finishes: readonly Finish[]): Promise<void> {
    if (finishes.length > 0) await tx.query(FINISH, finishValues(finishes, this.clock.now()));
  }

  private told(): void {
    this.wake.signal('outbox:mail');
    this.wake.signal('queue:mail'); // a successor of an ordering key may be due
  }
}
