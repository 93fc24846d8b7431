import type { BusRecord } from '../bus/event-bus.js';
import type { Sql, Statement } from '../postgres/sql.js';

/** A claimed row. `id` is unique within the outbox, `day` names its partition. */
export interface OutboxRow {
  readonly id: number;
  readonly day: string;
  readonly shard: number;
  readonly record: BusRecord;
}

interface ClaimedRow {
  day: string; id: number; shard: number; topic: string; key: string; event_id: string; type: string; payload: Buffer; headers: Record<string, string>;
}

const CLAIM: Statement = { name: 'outbox_claim', text: 'SELECT * FROM outbox_claim($1::smallint[], $2::bigint[], $3, $4)' };
// By day, so that one partition is touched.
const REMOVE: Statement = { name: 'outbox_remove', text: 'DELETE FROM outbox WHERE day = $1::date AND id = ANY ($2::bigint[])' };
const MARK: Statement = { name: 'outbox_mark', text: 'UPDATE outbox SET published_at = $3 WHERE day = $1::date AND id = ANY ($2::bigint[])' };
const PENDING: Statement = { name: 'outbox_pending', text: 'SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AS pending' };
const REPUBLISH: Statement = { name: 'outbox_republish', text: 'UPDATE outbox SET published_at = NULL WHERE topic = ANY ($1::text[]) AND published_at >= $2' };

/** Up to `maxRows` rows and about `maxBytes` of these shards, of each shard the oldest first, without those in hand. */
export async function claimOutbox(sql: Sql, shards: readonly number[], inHand: readonly number[], maxRows: number, maxBytes: number): Promise<OutboxRow[]> {
  const { rows } = await sql.query<ClaimedRow>(CLAIM, [shards, inHand, maxRows, maxBytes]);
  return rows.map(({ day, id, shard, topic, key, event_id: eventId, type, payload, headers }) => ({ day, id, shard, record: { topic, key, eventId, type, payload, headers } }));
}

/** Deletes acknowledged rows, or (with a time) marks them as published. */
export async function finishOutbox(sql: Sql, rows: readonly OutboxRow[], publishedAt?: Date): Promise<void> {
  for (const [day, ofDay] of Map.groupBy(rows, (row) => row.day)) {
    const ids = ofDay.map(({ id }) => id);
    await (publishedAt === undefined ? sql.query(REMOVE, [day, ids]) : sql.query(MARK, [day, ids, publishedAt]));
  }
}

/** True while a row is unpublished. */
export async function isOutboxPending(sql: Sql): Promise<boolean> {
  return (await sql.query<{ pending: boolean }>(PENDING)).rows[0]?.pending === true;
}

/** Sends everything published since `since` to these topics once more: a broker lost its data (`flows.md` §6). Returns how many rows. */
export async function republishOutbox(sql: Sql, topics: readonly string[], since: Date): Promise<number> {
  return (await sql.query(REPUBLISH, [topics, since])).rowCount;
}
