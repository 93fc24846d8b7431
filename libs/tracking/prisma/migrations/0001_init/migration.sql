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
-- Tracking: the accounts' event log and the read models of messages (flows.md §2, §6).

-- Last number given in each log. Its row lock serialises the batches of one account: numbers have no gap and become visible in order.
CREATE TABLE feed_counter (
  account_id uuid   NOT NULL,
  mode       text   NOT NULL CHECK (mode IN ('live', 'test')),
  seq        bigint NOT NULL CHECK (seq >= 0),
  PRIMARY KEY (account_id, mode)
) WITH (fillfactor = 50);

-- One public event. `day` is the UTC day of `at`, so the same record replayed meets its own row; `data` is the
-- final public form, as json and not jsonb: its text stays what the webhook posts.
CREATE TABLE event (
  day             date        NOT NULL,
  record_id       uuid        NOT NULL,
  step            smallint    NOT NULL,
  account_id      uuid        NOT NULL,
  mode            text        NOT NULL,
  seq             bigint      NOT NULL,
  at              timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL,
  type            text        NOT NULL,
  message_id      uuid,
  recipient_index smallint,
  data            json        NOT NULL,
  PRIMARY KEY (day, record_id, step)
) PARTITION BY RANGE (day);
CREATE TABLE event_default PARTITION OF event DEFAULT WITH (autovacuum_vacuum_insert_scale_factor = 0.1);
-- ListEvents: a stretch of one log.
CREATE INDEX event_feed_idx ON event (account_id, mode, seq);
-- ListMessageEvents: the timeline of one message.
CREATE INDEX event_message_idx ON event (message_id, seq) WHERE message_id IS NOT NULL;

-- One try. `day` is the UTC day of its end.
CREATE TABLE attempt (
  day             date        NOT NULL,
  id              uuid        NOT NULL,
  account_id      uuid        NOT NULL,
  mode            text        NOT NULL,
  message_id      uuid        NOT NULL,
  recipient_index smallint    NOT NULL,
  n               smallint    NOT NULL,
  started_at      timestamptz NOT NULL,
  ended_at        timestamptz NOT NULL,
  mx              text        NOT NULL,
  ip              text        NOT NULL,
  tls_version     text        NOT NULL,
  tls_cipher      text        NOT NULL,
  tls_verified    boolean     NOT NULL,
  outcome         text        NOT NULL,
  smtp            jsonb,
  transcript      jsonb       NOT NULL,
  PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE TABLE attempt_default PARTITION OF attempt DEFAULT WITH (autovacuum_vacuum_insert_scale_factor = 0.1);
-- ListAttempts: all tries of one message.
CREATE INDEX attempt_message_idx ON attempt (message_id, recipient_index, n);

-- A message as lists show it. `day` is the UTC day in its UUIDv7, so a look-up by id reads one partition. Partitions span a week.
-- No subject here: it is content, and dispatch answers it while it has it. `complete` once the record of acceptance has arrived.
CREATE TABLE message_view (
  day               date        NOT NULL,
  id                uuid        NOT NULL,
  account_id        uuid        NOT NULL,
  mode              text        NOT NULL,
  complete          boolean     NOT NULL,
  created_at        timestamptz NOT NULL,
  status            text        NOT NULL,
  message_id_header text        NOT NULL,
  from_header       text        NOT NULL,
  from_domain       text        NOT NULL,
  reply_to          text[]      NOT NULL,
  category          text        NOT NULL,
  tags              text[]      NOT NULL,
  metadata          jsonb       NOT NULL,
  scheduled_at      timestamptz,
  expires_at        timestamptz,
  source            text        NOT NULL,
  template_id       text        NOT NULL,
  template_version  integer     NOT NULL,
  PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE TABLE message_view_default PARTITION OF message_view DEFAULT WITH (fillfactor = 85);
-- ListMessages, newest first: without a filter, then one index per filter that finds few among many.
CREATE INDEX message_view_page_idx     ON message_view (account_id, mode, created_at DESC, id DESC) WHERE complete;
CREATE INDEX message_view_status_idx   ON message_view (account_id, mode, status, created_at DESC, id DESC) WHERE complete;
CREATE INDEX message_view_category_idx ON message_view (account_id, mode, category, created_at DESC, id DESC) WHERE complete;
CREATE INDEX message_view_domain_idx   ON message_view (account_id, mode, from_domain, created_at DESC, id DESC) WHERE complete;
CREATE INDEX message_view_template_idx ON message_view (account_id, mode, template_id, created_at DESC, id DESC) WHERE complete AND template_id <> '';

-- One recipient of a message, as far as events have told. `changed_at`: time of the step that gave its status; with the status' rank it
-- orders late and repeated steps.
CREATE TABLE recipient_view (
  day             date        NOT NULL,
  message_id      uuid        NOT NULL,
  index           smallint    NOT NULL,
  account_id      uuid        NOT NULL,
  mode            text        NOT NULL,
  created_at      timestamptz NOT NULL,
  address         text        NOT NULL,
  address_lower   text        NOT NULL,
  kind            text        NOT NULL,
  display_name    text        NOT NULL,
  status          text        NOT NULL,
  changed_at      timestamptz NOT NULL,
  reason          text        NOT NULL,
  attempts        integer     NOT NULL,
  next_attempt_at timestamptz,
  last_smtp       jsonb,
  last_smtp_at    timestamptz,
  final_at        timestamptz,
  late_bounce     boolean     NOT NULL,
  PRIMARY KEY (day, message_id, index)
) PARTITION BY RANGE (day);
CREATE TABLE recipient_view_default PARTITION OF recipient_view DEFAULT WITH (fillfactor = 85);
-- ListMessages by recipient.
CREATE INDEX recipient_view_address_idx ON recipient_view (account_id, mode, address_lower, created_at DESC, message_id DESC);

-- Tags (`t:receipt`) and metadata (`m:order=17`) of messages, in the order of the list: a page of a rare label reads that page only.
CREATE TABLE message_label (
  day        date        NOT NULL,
  message_id uuid        NOT NULL,
  account_id uuid        NOT NULL,
  mode       text        NOT NULL,
  label      text        NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (day, message_id, label)
) PARTITION BY RANGE (day);
CREATE TABLE message_label_default PARTITION OF message_label DEFAULT;
-- ListMessages by tag or metadata.
CREATE INDEX message_label_page_idx ON message_label (account_id, mode, label, created_at DESC, message_id DESC);

-- The plan's retention: a copy of accounts' limits, changed to a newer version only (flows.md §1 rule 4).
CREATE TABLE retention (
  account_id uuid    PRIMARY KEY,
  version    bigint  NOT NULL,
  days       integer NOT NULL CHECK (days > 0)
);
