-- Tables that every context's schema holds (flows.md §1). Copied into the context's first migration, which runs as the schema's own
-- role with search_path set to the schema, so no name is qualified. Prisma is told to leave them alone (tables.external).
-- No statement here or in our code reads now(): time is a parameter.

-- Which of the 16 relay shards a key belongs to. Keys of one message (or account) share a shard, so they leave in order.
CREATE FUNCTION outbox_shard(key text) RETURNS smallint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT (hashtextextended(key, 0) & 15)::smallint $$;

-- Facts, written in the transaction of the change they report. A row leaves when every group has acknowledged it (local bus: deleted;
-- Kafka: published_at set, dropped with its day after 72 h).
CREATE TABLE outbox (
  day          date        NOT NULL,
  id           bigint      GENERATED ALWAYS AS IDENTITY,
  shard        smallint    NOT NULL CHECK (shard BETWEEN 0 AND 15),
  topic        text        NOT NULL,
  key          text        NOT NULL,
  event_id     uuid        NOT NULL,
  type         text        NOT NULL,
  payload      bytea       NOT NULL,
  headers      jsonb       NOT NULL DEFAULT '{}',
  recorded_at  timestamptz NOT NULL,
  published_at timestamptz,
  PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
ALTER TABLE outbox ALTER COLUMN payload SET STORAGE EXTERNAL;

-- A day without a partition lands here: intake never stops for a missing one. The partition job moves such rows and raises an alarm.
-- Storage parameters of the default partition are copied to every day partition.
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT
  WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.1);

-- The relay's claim: unpublished rows of a shard in the order of their ids. By state, not by "id > last": ids commit out of order.
CREATE INDEX outbox_unpublished_idx ON outbox (shard, id) WHERE published_at IS NULL;

-- At most `max_rows` rows and about `max_bytes` for the relay, of each shard a prefix in id order, without those it has in hand. Index scans
-- only: a bitmap scan, the planner's choice on an almost empty table, never marks dead index entries, so that each claim would be slower than the last.
CREATE FUNCTION outbox_claim(shards smallint[], in_hand bigint[], max_rows integer, max_bytes bigint)
  RETURNS TABLE (day date, id bigint, shard smallint, topic text, key text, event_id uuid, type text, payload bytea, headers jsonb)
  LANGUAGE plpgsql STABLE SET enable_bitmapscan = off SET enable_seqscan = off SET jit = off
  AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT c.day, c.id, c.shard, c.topic, c.key, c.event_id, c.type, c.payload, c.headers
  FROM (SELECT f.*, sum(octet_length(f.payload) + 200) OVER (ORDER BY f.place, f.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
        FROM (SELECT s.place, r.*
              FROM unnest(shards) WITH ORDINALITY AS s (shard, place)
              CROSS JOIN LATERAL (SELECT o.day, o.id, o.shard, o.topic, o.key, o.event_id, o.type, o.payload, o.headers FROM outbox o
                                  WHERE o.shard = s.shard AND o.published_at IS NULL AND o.id <> ALL (in_hand) ORDER BY o.id LIMIT max_rows) r
              LIMIT max_rows) f) c
  WHERE c.bytes_before IS NULL OR c.bytes_before < max_bytes
  ORDER BY c.place, c.id;
END $$;

-- Events that a consumer group has handled, in the transaction of the effects. Rows go after 7 days.
CREATE TABLE inbox (
  group_name text        NOT NULL,
  event_id   uuid        NOT NULL,
  handled_at timestamptz NOT NULL,
  PRIMARY KEY (group_name, event_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX inbox_handled_at_idx ON inbox USING brin (handled_at) WITH (pages_per_range = 32, autosummarize = on);

-- Events that failed five times, with the last error. Staff list, replay or drop them.
CREATE TABLE dead_letter (
  group_name text        NOT NULL,
  event_id   uuid        NOT NULL,
  topic      text        NOT NULL,
  key        text        NOT NULL,
  type       text        NOT NULL,
  payload    bytea       NOT NULL,
  headers    jsonb       NOT NULL DEFAULT '{}',
  error      text        NOT NULL,
  parked_at  timestamptz NOT NULL,
  PRIMARY KEY (group_name, event_id)
);
CREATE INDEX dead_letter_page_idx ON dead_letter (parked_at DESC, event_id);

-- Singleton work: whoever holds the row unexpired does it. `until` is real (wall-clock) time; `state` is the job's own memory.
CREATE TABLE job (
  name  text        PRIMARY KEY,
  owner text,
  until timestamptz NOT NULL DEFAULT '-infinity',
  state jsonb       NOT NULL DEFAULT '{}'
) WITH (fillfactor = 50);
