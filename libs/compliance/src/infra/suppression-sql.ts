import type { Mode } from '@nexoramail/kernel';
import type { OutboxRecord, Sql, Statement } from '@nexoramail/platform';
import { strengthOf, type Suppression, type SuppressionReason } from '../domain/suppression.js';

// One statement, one commit, one round trip: mark the events as handled, keep those that are new, of several for one mailbox the strongest,
// store it unless a stronger one is there, publish what was stored. Rows are taken in one order, so that batches wait instead of dead-locking.
const ADD: Statement = {
  name: 'compliance_suppress',
  text: `WITH item AS (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::smallint[], $10::bool[], $11::text[], $12::uuid[], $13::uuid[], $14::int[], $15::int[])
        WITH ORDINALITY AS t (id, account_id, mode, scope, category, token, address, reason, strength, locked, source_event_id, message_id, event_id, start, length, place)
    ), fresh AS (
      INSERT INTO suppression_source (account_id, source_event_id, token, at)
      SELECT DISTINCT account_id, source_event_id, token, $16::timestamptz FROM item ORDER BY account_id, source_event_id, token
      ON CONFLICT DO NOTHING RETURNING account_id, source_event_id, token
    ), best AS (
      SELECT DISTINCT ON (i.account_id, i.mode, i.token, i.scope, i.category) i.*
      FROM item i JOIN fresh USING (account_id, source_event_id, token)
      ORDER BY i.account_id, i.mode, i.token, i.scope, i.category, i.strength DESC, i.place
    ), stored AS (
      INSERT INTO suppression AS s (id, account_id, mode, scope, category, token, address, reason, strength, locked, source_event_id, message_id, created_at)
      SELECT id, account_id, mode, scope, category, token, address, reason, strength, locked, source_event_id, message_id, $16::timestamptz
      FROM best ORDER BY account_id, mode, token, scope, category
      ON CONFLICT ((token || uuid_send(account_id)), mode, scope, category) DO UPDATE SET
        id = excluded.id, address = excluded.address, reason = excluded.reason, strength = excluded.strength, locked = excluded.locked, note = '',
        source_event_id = excluded.source_event_id, message_id = excluded.message_id, created_at = excluded.created_at, expires_at = NULL
      WHERE s.strength < excluded.strength OR s.expires_at <= excluded.created_at
      RETURNING id
    ), published AS (
      INSERT INTO outbox (day, shard, topic, key, event_id, type, payload, headers, recorded_at)
      SELECT ($16::timestamptz AT TIME ZONE 'UTC')::date, outbox_shard(b.account_id::text), $17, b.account_id::text, b.event_id, $18,
             substring($19::bytea FROM b.start FOR b.length), '{}', $16::timestamptz
      FROM best b JOIN stored USING (id) ORDER BY b.place
    )
    SELECT id FROM stored`,
};

const COLUMNS = 'id, account_id, mode, scope, category, token, address, reason, locked, note, source_event_id, message_id, created_at, expires_at';
const HOLDING: Statement = {
  name: 'compliance_suppression_holding',
  text: `SELECT ${COLUMNS} FROM suppression WHERE (token || uuid_send(account_id)) = ($3::bytea || uuid_send($1::uuid)) AND mode = $2 AND (expires_at IS NULL OR expires_at > $4::timestamptz)
    ORDER BY strength DESC, scope, id`,
};

/** Columns of an entry as raw statements read them. */
export interface SuppressionRow {
  id: string;
  account_id: string;
  mode: Mode;
  scope: 'account' | 'category';
  category: string;
  token: Buffer;
  address: string;
  reason: SuppressionReason;
  locked: boolean;
  note: string;
  source_event_id: string;
  message_id: string | null;
  created_at: Date;
  expires_at: Date | null;
}

/** An entry from a raw row. */
export function fromSuppressionRow(row: SuppressionRow): Suppression {
  return {
    id: row.id,
    accountId: row.account_id,
    mode: row.mode,
    scope: row.scope,
    category: row.category,
    token: Uint8Array.from(row.token),
    address: row.address,
    reason: row.reason,
    locked: row.locked,
    note: row.note,
    sourceEventId: row.source_event_id,
    messageId: row.message_id ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
  };
}

/** Adds entries that events caused, with their outbox records (one per entry, in order). Returns the ids of the entries that were stored. */
export async function addFromEvents(sql: Sql, entries: readonly Suppression[], records: readonly OutboxRecord[], at: Date): Promise<ReadonlySet<string>> {
  const [first] = records;
  if (!first) return new Set();
  const starts: number[] = [];
  let next = 1;
  for (const { payload } of records) {
    starts.push(next);
    next += payload.byteLength;
  }
  const { rows } = await sql.query<{ id: string }>(ADD, [
    entries.map((e) => e.id), entries.map((e) => e.accountId), entries.map((e) => e.mode), entries.map((e) => e.scope), entries.map((e) => e.category),
    entries.map((e) => Buffer.from(e.token)), entries.map((e) => e.address), entries.map((e) => e.reason), entries.map((e) => strengthOf(e.reason)), entries.map((e) => e.locked),
    entries.map((e) => e.sourceEventId), entries.map((e) => e.messageId ?? null),
    records.map((r) => r.eventId), starts, records.map((r) => r.payload.byteLength), at, first.topic, first.type, Buffer.concat(records.map((r) => r.payload), next - 1),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Entries of a mailbox that hold at `now`, the strongest first. */
export async function holdingEntries(sql: Sql, accountId: string, mode: Mode, token: Uint8Array, now: Date): Promise<Suppression[]> {
  const { rows } = await sql.query<SuppressionRow>(HOLDING, [accountId, mode, Buffer.from(token), now]);
  return rows.map(fromSuppressionRow);
}
