import { publicId } from '@nexoramail/kernel';
import type { Sql, Statement } from '@nexoramail/platform';
import type { FeedQuery, FeedReader, FeedStretch } from '../application/ports.js';
import type { FeedEvent, FeedHead } from '../domain/feed-event.js';
import { addDays, dayOfMessage, utcDay, type FeedScope } from '../domain/message-view.js';

const EVENT_COLUMNS = 'e.seq, e.record_id, e.step, e.type, e.at, e.data::text AS data';

// Head, neighbour and events in one snapshot: a number at or below `head` that is not among the events can never come later.
// `day` only keeps partitions past the retention out of the plan; an event is recorded on its day or, after an outage, later.
const stretch = (name: string, types: string): Statement => ({
  name,
  text: `WITH log AS (
      SELECT c.seq AS head, c.seq <= $3 OR EXISTS (
        SELECT FROM event n WHERE n.account_id = $1 AND n.mode = $2 AND n.seq = $3::bigint + 1 AND n.day >= $6 AND n.recorded_at >= $5) AS next_visible
      FROM feed_counter c WHERE c.account_id = $1 AND c.mode = $2)
    SELECT log.head, log.next_visible, e.* FROM log LEFT JOIN LATERAL (
      SELECT ${EVENT_COLUMNS} FROM event e
      WHERE e.account_id = $1 AND e.mode = $2 AND e.seq > $3 AND e.seq <= $4 AND e.day >= $6 AND e.recorded_at >= $5 ${types}
      ORDER BY e.seq LIMIT $7) e ON true
    ORDER BY e.seq`,
});
const STRETCH = stretch('feed_stretch', '');
const STRETCH_OF_TYPES = stretch('feed_stretch_of_types', 'AND e.type = ANY ($8::text[])');

const FLOOR: Statement = {
  name: 'feed_floor',
  text: `SELECT coalesce((SELECT e.seq - 1 FROM event e WHERE e.account_id = $1 AND e.mode = $2 AND e.day >= $4 AND e.recorded_at >= $3 ORDER BY e.seq LIMIT 1),
    c.seq) AS floor FROM feed_counter c WHERE c.account_id = $1 AND c.mode = $2`,
};
const HEADS: Statement = {
  name: 'feed_heads',
  text: 'SELECT account_id, mode, seq FROM feed_counter JOIN unnest($1::uuid[], $2::text[]) AS g (account_id, mode) USING (account_id, mode)',
};
const OF_MESSAGE: Statement = {
  name: 'feed_of_message',
  text: `SELECT ${EVENT_COLUMNS} FROM event e WHERE e.message_id = $3 AND e.account_id = $1 AND e.mode = $2 AND e.day >= $5 AND e.recorded_at >= $4
    ORDER BY e.seq LIMIT $6`,
};

interface EventRow {
  seq: number;
  record_id: string;
  step: number;
  type: string;
  at: Date;
  data: string;
}

type StretchRow = { head: number; next_visible: boolean } & (EventRow | { seq: null });

/** Reads of table `event`. */
export class PgFeedReader implements FeedReader {
  constructor(private readonly db: Sql) {}

  async readStretch({ accountId, mode }: FeedScope, { after, to, types, limit, since }: FeedQuery): Promise<FeedStretch> {
    const values = [accountId, mode, after, to, since, firstDay(since), limit];
    const { rows } = types.length === 0
      ? await this.db.query<StretchRow>(STRETCH, values)
      : await this.db.query<StretchRow>(STRETCH_OF_TYPES, [...values, types]);
    const [first] = rows;
    if (first === undefined) return { head: 0, nextVisible: true, events: [] };
    return { head: first.head, nextVisible: first.next_visible, events: rows.flatMap((row) => (row.seq === null ? [] : toEvent(row))) };
  }

  async floor({ accountId, mode }: FeedScope, since: Date): Promise<number> {
    const { rows } = await this.db.query<{ floor: number }>(FLOOR, [accountId, mode, since, firstDay(since)]);
    return rows[0]?.floor ?? 0;
  }

  async heads(scopes: readonly FeedScope[]): Promise<FeedHead[]> {
    const { rows } = await this.db.query<{ account_id: string; mode: string; seq: number }>(HEADS, [scopes.map(({ accountId }) => accountId), scopes.map(({ mode }) => mode)]);
    return rows.map(({ account_id: accountId, mode, seq }) => ({ accountId, mode, seq }));
  }

  async ofMessage({ accountId, mode }: FeedScope, messageId: string, since: Date, limit: number): Promise<FeedEvent[]> {
    const earliest = [addDays(dayOfMessage(messageId), -1), firstDay(since)].sort().at(-1);
    const { rows } = await this.db.query<EventRow>(OF_MESSAGE, [accountId, mode, messageId, since, earliest, limit]);
    return rows.map(toEvent);
  }
}

/** First partition worth a look: an event may be recorded a day after it happened. */
const firstDay = (since: Date): string => addDays(utcDay(since), -1);

function toEvent({ seq, record_id: recordId, step, type, at, data }: EventRow): FeedEvent {
  return { seq, id: publicId('evt', recordId, step), type, at, dataJson: data };
}
