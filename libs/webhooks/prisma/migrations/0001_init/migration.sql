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

-- ---------------------------------------------------------------------------------------------------------------------------------
-- Webhooks: endpoints and the posts that wait for them (flows.md §6, interfaces.md §4).

-- `failing_since`: first failure after the last success, business time. `throttled_until`: the endpoint asked for a pause (429, 502, 504).
CREATE TABLE endpoint (
  id              uuid        PRIMARY KEY,
  account_id      uuid        NOT NULL,
  mode            text        NOT NULL CHECK (mode IN ('live', 'test')),
  url             text        NOT NULL,
  events          text[]      NOT NULL,
  description     text        NOT NULL,
  status          text        NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
  status_reason   text        NOT NULL,
  created_at      timestamptz NOT NULL,
  failing_since   timestamptz,
  throttled_until timestamptz
) WITH (fillfactor = 70);
-- ListEndpoints, newest first; also the fan-out's look-up by account and mode.
CREATE INDEX endpoint_page_idx ON endpoint (account_id, mode, created_at DESC, id DESC);

-- Signing keys, sealed (AES-256-GCM, bound to endpoint and key). The current one has no end; a rotated one signs along until `expires_at`.
CREATE TABLE secret (
  id          uuid        PRIMARY KEY,
  endpoint_id uuid        NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
  sealed      bytea       NOT NULL,
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz
);
-- One current key per endpoint; and all keys of an endpoint.
CREATE UNIQUE INDEX secret_current_key ON secret (endpoint_id) WHERE expires_at IS NULL;
CREATE INDEX secret_endpoint_idx ON secret (endpoint_id);

-- What is posted: the body of one event, once, however many endpoints get it. `day` is the UTC day of its storing.
CREATE TABLE payload (
  day      date        NOT NULL,
  event_id text        NOT NULL,
  type     text        NOT NULL,
  body     bytea       NOT NULL,
  PRIMARY KEY (day, event_id)
) PARTITION BY RANGE (day);
CREATE TABLE payload_default PARTITION OF payload DEFAULT WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

-- Posts that wait. `run_at` is business time; the lease is real time. A row goes when its post has succeeded; after the last try it stays as
-- `exhausted` until its payload goes.
CREATE TABLE delivery (
  endpoint_id uuid        NOT NULL REFERENCES endpoint (id) ON DELETE CASCADE,
  event_id    text        NOT NULL,
  payload_day date        NOT NULL,
  type        text        NOT NULL,
  tries       smallint    NOT NULL DEFAULT 0,
  exhausted   boolean     NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL,
  run_at      timestamptz NOT NULL,
  lease_token uuid,
  lease_until timestamptz,
  PRIMARY KEY (endpoint_id, event_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
-- The lanes' claim: which endpoints have something waiting, and the earliest due of each.
CREATE INDEX delivery_lane_idx ON delivery (endpoint_id, run_at) WHERE NOT exhausted;

-- One post. `day` is the UTC day of `at`.
CREATE TABLE attempt (
  day             date        NOT NULL,
  id              uuid        NOT NULL,
  endpoint_id     uuid        NOT NULL,
  event_id        text        NOT NULL,
  event_type      text        NOT NULL,
  n               smallint    NOT NULL,
  at              timestamptz NOT NULL,
  status          smallint    NOT NULL,
  duration_ms     integer     NOT NULL,
  error           text        NOT NULL,
  response_head   text        NOT NULL,
  next_attempt_at timestamptz,
  PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE TABLE attempt_default PARTITION OF attempt DEFAULT WITH (autovacuum_vacuum_insert_scale_factor = 0.1);
-- ListEndpointAttempts, newest first.
CREATE INDEX attempt_page_idx ON attempt (endpoint_id, at DESC, id DESC);

-- Limits of the plan: a copy, changed to a newer version only (flows.md §1 rule 4). 0: no limit. Its row lock also guards the count.
CREATE TABLE account_limit (
  account_id uuid    PRIMARY KEY,
  version    bigint  NOT NULL,
  webhooks   integer NOT NULL
);
