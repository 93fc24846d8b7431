import type { Sql, Statement } from '../postgres/sql.js';

/** One fact for the bus. */
export interface OutboxRecord {
  readonly topic: string;
  /** Orders: records of one key arrive in the order of their commits. The message's or the account's id. */
  readonly key: string;
  /** A uuid; consumers act once per event id. */
  readonly eventId: string;
  readonly type: string;
  readonly payload: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

// Payloads travel as one binary parameter, cut by offset here: pg would send bytea[] as hex text. Ids follow the order of the arrays.
const INSERT: Statement = {
  name: 'outbox_insert',
  text: `INSERT INTO outbox (day, shard, topic, key, event_id, type, payload, headers, recorded_at)
    SELECT ($1::timestamptz AT TIME ZONE 'UTC')::date, outbox_shard(r.key), r.topic, r.key, r.event_id, r.type,
           substring($2::bytea FROM r.start FOR r.length), r.headers::jsonb, $1::timestamptz
    FROM unnest($3::text[], $4::text[], $5::uuid[], $6::text[], $7::int[], $8::int[], $9::text[]) WITH ORDINALITY
      AS r (topic, key, event_id, type, start, length, headers, place)
    ORDER BY r.place`,
};

/** Writes facts in the caller's transaction, in one statement, in the given order. `at` is business time (`recorded_at`, and the UTC day of the partition). */
export async function insertOutbox(tx: Sql, records: readonly OutboxRecord[], at: Date): Promise<void> {
  if (records.length === 0) return;
  const starts: number[] = [];
  let next = 1;
  for (const { payload } of records) {
    starts.push(next);
    next += payload.byteLength;
  }
  await tx.query(INSERT, [
    at,
    Buffer.concat(records.map((record) => record.payload), next - 1),
    records.map((record) => record.topic),
    records.map((record) => record.key),
    records.map((record) => record.eventId),
    records.map((record) => record.type),
    starts,
    records.map((record) => record.payload.byteLength),
    records.map((record) => JSON.stringify(record.headers ?? {})),
  ]);
}
