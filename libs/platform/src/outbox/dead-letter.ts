import { AppError } from '@nexoramail/kernel';
import type { BusRecord } from '../bus/event-bus.js';
import type { Database } from '../postgres/database.js';
import type { Sql, Statement } from '../postgres/sql.js';

/** An event that a group could not handle, with the last error. */
export interface DeadLetter {
  readonly group: string;
  readonly record: BusRecord;
  readonly error: string;
  readonly parkedAt: Date;
}

interface DeadLetterRow {
  group_name: string; event_id: string; topic: string; key: string; type: string; payload: Buffer; headers: Record<string, string>; error: string; parked_at: Date;
}

const MAX_ERROR_LENGTH = 2000;
const COLUMNS = 'group_name, event_id, topic, key, type, payload, headers, error, parked_at';

// Parked counts as handled: a record that is published again is not tried five more times.
const PARK: Statement = {
  name: 'dead_letter_park',
  text: `WITH handled AS (INSERT INTO inbox (group_name, event_id, handled_at) VALUES ($1, $2, $9) ON CONFLICT DO NOTHING)
    INSERT INTO dead_letter (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9)
    ON CONFLICT (group_name, event_id) DO UPDATE SET error = excluded.error, parked_at = excluded.parked_at`,
};
const LIST: Statement = {
  name: 'dead_letter_list',
  text: `SELECT ${COLUMNS} FROM dead_letter WHERE ($2::timestamptz IS NULL OR (parked_at, event_id) < ($2, $3::uuid)) ORDER BY parked_at DESC, event_id DESC LIMIT $1`,
};
const TAKE: Statement = { name: 'dead_letter_take', text: `DELETE FROM dead_letter WHERE group_name = $1 AND event_id = ANY ($2::uuid[]) RETURNING ${COLUMNS}` };
const COUNT: Statement = { name: 'dead_letter_count', text: 'SELECT group_name, count(*) AS n FROM dead_letter GROUP BY group_name' };

/** Keeps a record that failed five times, once per group. `error` reaches staff: its message only, cut at 2,000 characters. */
export async function parkDeadLetter(sql: Sql, group: string, record: BusRecord, error: Error, at: Date): Promise<void> {
  const { eventId, topic, key, type, payload, headers } = record;
  await sql.query(PARK, [group, eventId, topic, key, type, payload, JSON.stringify(headers), `${error.name}: ${error.message}`.slice(0, MAX_ERROR_LENGTH), at]);
}

/** Newest first, `limit` at most; the next page starts after the last one given. */
export async function listDeadLetters(sql: Sql, limit: number, after?: DeadLetter): Promise<DeadLetter[]> {
  const { rows } = await sql.query<DeadLetterRow>(LIST, [limit, after?.parkedAt ?? null, after?.record.eventId ?? null]);
  return rows.map(deadLetterOf);
}

/** How many are parked by group; a group without any is not named. */
export async function countDeadLetters(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<{ group_name: string; n: number }>(COUNT);
  return new Map(rows.map(({ group_name, n }) => [group_name, n]));
}

/** Throws them away for good. Returns how many there were. */
export async function dropDeadLetters(sql: Sql, group: string, eventIds: readonly string[]): Promise<number> {
  return (await sql.query(TAKE, [group, eventIds])).rowCount;
}

/** Takes them out and handles them in one transaction: when `handle` throws, they stay parked. A missing one is `not_found`. */
export async function replayDeadLetters(db: Database, group: string, eventIds: readonly string[], handle: (tx: Sql, records: readonly BusRecord[]) => Promise<void>): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<DeadLetterRow>(TAKE, [group, eventIds]);
    if (rows.length < new Set(eventIds).size) throw new AppError('not_found', 'An event is not parked (any more). List the dead letters again.');
    await handle(tx, rows.map((row) => deadLetterOf(row).record));
  });
}

function deadLetterOf(row: DeadLetterRow): DeadLetter {
  const { topic, key, type, payload, headers } = row;
  return { group: row.group_name, record: { topic, key, eventId: row.event_id, type, payload, headers }, error: row.error, parkedAt: row.parked_at };
}
