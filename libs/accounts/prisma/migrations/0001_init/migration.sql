-- Accounts: identity, plans and limits. Applied as the role `accounts` with search_path `accounts`. Time is always a parameter.

CREATE TABLE plan (
  id                  text    PRIMARY KEY,
  messages_per_period bigint  NOT NULL CHECK (messages_per_period > 0),
  domains             integer NOT NULL CHECK (domains >= 0),
  webhooks            integer NOT NULL CHECK (webhooks >= 0),
  retention_days      integer NOT NULL CHECK (retention_days > 0),
  templates           boolean NOT NULL
);
-- 0: no limit.
INSERT INTO plan (id, messages_per_period, domains, webhooks, retention_days, templates) VALUES
  ('starter', 10000, 3, 5, 7, false),
  ('growth', 100000, 10, 0, 30, true),
  ('enterprise', 2000000, 0, 0, 90, true);

CREATE TABLE account (
  id               uuid        PRIMARY KEY,
  ref              bigint      NOT NULL CHECK (ref > 0 AND ref < 1099511627776),
  name             text        NOT NULL,
  default_category text        NOT NULL DEFAULT '',
  created_at       timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_ref_key ON account (ref);

CREATE TABLE limits (
  account_id          uuid        PRIMARY KEY CONSTRAINT limits_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
  version             bigint      NOT NULL CHECK (version > 0),
  plan_id             text        NOT NULL CONSTRAINT limits_plan_id_fkey REFERENCES plan (id),
  messages_per_period bigint,
  domains             integer,
  webhooks            integer,
  warmup_exempt       boolean     NOT NULL DEFAULT false,
  anchored_at         timestamptz NOT NULL,
  period_start        timestamptz NOT NULL,
  period_end          timestamptz NOT NULL,
  CHECK (period_start < period_end)
);
CREATE INDEX limits_period_end_idx ON limits (period_end);

-- No reference to account: totals may arrive before or after it.
CREATE TABLE usage (
  account_id   uuid        NOT NULL,
  mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
  period_start timestamptz NOT NULL,
  accepted     bigint      NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (account_id, mode, period_start)
);

CREATE TABLE "user" (
  id            uuid        PRIMARY KEY,
  account_id    uuid        CONSTRAINT user_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
  email         text        NOT NULL,
  email_key     text        NOT NULL,
  password_hash text        NOT NULL,
  role          text        NOT NULL,
  created_at    timestamptz NOT NULL,
  -- Staff belong to no account, customers to one.
  CHECK ((account_id IS NULL) = (role LIKE 'staff\_%'))
);
CREATE UNIQUE INDEX user_email_key_key ON "user" (email_key);
CREATE INDEX user_account_id_idx ON "user" (account_id);

CREATE TABLE factor (
  user_id    uuid        PRIMARY KEY CONSTRAINT factor_user_id_fkey REFERENCES "user" (id) ON DELETE CASCADE,
  secret     bytea       NOT NULL,
  last_step  bigint      NOT NULL DEFAULT 0,
  failures   integer     NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL
);

CREATE TABLE session (
  id         uuid        PRIMARY KEY,
  token_hash bytea       NOT NULL,
  user_id    uuid        NOT NULL CONSTRAINT session_user_id_fkey REFERENCES "user" (id) ON DELETE CASCADE,
  state      text        NOT NULL CHECK (state IN ('factor', 'done')),
  created_at timestamptz NOT NULL,
  seen_at    timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX session_token_hash_key ON session (token_hash);
CREATE INDEX session_user_id_idx ON session (user_id);
CREATE INDEX session_expires_at_idx ON session (expires_at);

CREATE TABLE sign_in_failure (
  key_hash     bytea       PRIMARY KEY,
  failures     integer     NOT NULL,
  window_start timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_window_start_idx ON sign_in_failure (window_start);

CREATE TABLE api_key (
  id           uuid        PRIMARY KEY,
  account_id   uuid        NOT NULL CONSTRAINT api_key_account_id_fkey REFERENCES account (id) ON DELETE CASCADE,
  mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
  name         text        NOT NULL,
  hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
  prefix       text        NOT NULL,
  -- NULL is impossible, empty refused by the use case; Prisma's lists are nullable columns, so the check says it.
  scopes       text[]      CHECK (scopes IS NOT NULL),
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX api_key_hash_key ON api_key (hash);
CREATE INDEX api_key_page_idx ON api_key (account_id, id DESC);

-- Whom the keys with these hashes stand for at a time; nothing for dead ones. By index only, one look per hash: a plan that was made while a
-- table was small would read all of it for each.
CREATE FUNCTION principals(hashes bytea[], at timestamptz)
  RETURNS TABLE (place integer, id uuid, account_id uuid, ref bigint, mode text, scopes text[], default_category text, plan_id text, expires_at timestamptz)
  LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
  AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT q.place::integer, k.id, k.account_id, a.ref, k.mode, k.scopes, a.default_category, l.plan_id, k.expires_at
  FROM unnest(hashes) WITH ORDINALITY AS q (hash, place)
  JOIN api_key k ON k.hash = q.hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > principals.at)
  JOIN account a ON a.id = k.account_id
  JOIN limits l ON l.account_id = a.id;
END $$;

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
