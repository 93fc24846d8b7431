-- Compliance: sender domains, suppression, standing, screening, audit. Applied as the role `compliance` with search_path `compliance`.
-- Time is always a parameter.

CREATE TABLE domain (
  id                 uuid        PRIMARY KEY,
  account_id         uuid        NOT NULL,
  name               text        NOT NULL,
  state              text        NOT NULL CHECK (state IN ('pending', 'verified', 'degraded', 'failed')),
  version            bigint      NOT NULL,
  selectors          text[]      CHECK (selectors IS NOT NULL),
  return_path_domain text        NOT NULL,
  created_at         timestamptz NOT NULL,
  verified_at        timestamptz,
  degraded_at        timestamptz,
  checked_at         timestamptz,
  next_check_at      timestamptz,
  CHECK ((state = 'degraded') = (degraded_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX domain_account_id_name_key ON domain (account_id, name);
-- One owner per name: whoever shows the records first (flows.md §5, domain).
CREATE UNIQUE INDEX domain_owner_key ON domain (name) WHERE state IN ('verified', 'degraded');
CREATE INDEX domain_page_idx ON domain (account_id, id DESC);
CREATE INDEX domain_next_check_at_idx ON domain (next_check_at);

CREATE TABLE dns_record (
  domain_id  uuid        NOT NULL CONSTRAINT dns_record_domain_id_fkey REFERENCES domain (id) ON DELETE CASCADE,
  purpose    text        NOT NULL CHECK (purpose IN ('dkim', 'return_path', 'dmarc', 'tracking')),
  type       text        NOT NULL CHECK (type IN ('TXT', 'CNAME')),
  host       text        NOT NULL,
  value      text        NOT NULL,
  required   boolean     NOT NULL,
  status     text        NOT NULL CHECK (status IN ('pending', 'ok', 'mismatch', 'missing', 'error')),
  seen       text[]      CHECK (seen IS NOT NULL),
  checked_at timestamptz,
  fix        text        NOT NULL DEFAULT '',
  PRIMARY KEY (domain_id, purpose, host)
);

CREATE TABLE suppression (
  id              uuid        PRIMARY KEY,
  account_id      uuid        NOT NULL,
  mode            text        NOT NULL CHECK (mode IN ('live', 'test')),
  scope           text        NOT NULL CHECK (scope IN ('account', 'category')),
  category        text        NOT NULL DEFAULT '',
  token           bytea       NOT NULL CHECK (octet_length(token) = 10),
  address         text        NOT NULL,
  reason          text        NOT NULL,
  strength        smallint    NOT NULL,
  locked          boolean     NOT NULL,
  note            text        NOT NULL DEFAULT '',
  source_event_id text        NOT NULL DEFAULT '',
  message_id      uuid,
  created_at      timestamptz NOT NULL,
  expires_at      timestamptz,
  CHECK ((scope = 'account') = (category = ''))
);
-- One entry per mailbox and scope, and what Screen reads. Mailbox and account are one column of it, so that no plan can take the page index
-- instead and read all entries of an account for each recipient.
CREATE UNIQUE INDEX suppression_key ON suppression ((token || uuid_send(account_id)), mode, scope, category);
CREATE INDEX suppression_page_idx ON suppression (account_id, mode, id DESC);

CREATE TABLE suppression_source (
  account_id      uuid        NOT NULL,
  source_event_id text        NOT NULL,
  token           bytea       NOT NULL,
  at              timestamptz NOT NULL,
  PRIMARY KEY (account_id, source_event_id, token)
);
CREATE INDEX suppression_source_at_idx ON suppression_source (at);

CREATE TABLE standing (
  account_id uuid        PRIMARY KEY,
  state      text        NOT NULL CHECK (state IN ('pending_review', 'sandbox', 'active', 'warned', 'throttled', 'restricted', 'suspended', 'terminated')),
  version    bigint      NOT NULL CHECK (version > 0),
  reason     text        NOT NULL,
  actor      text        NOT NULL,
  changed_at timestamptz NOT NULL
);

CREATE TABLE account_limits (
  account_id uuid    PRIMARY KEY,
  version    bigint  NOT NULL,
  domains    integer NOT NULL
);

-- A repeated Screen leaves no second row.
CREATE TABLE rule_hit (
  message_id  uuid        NOT NULL,
  rule_id     text        NOT NULL,
  account_id  uuid        NOT NULL,
  mode        text        NOT NULL,
  code        text        NOT NULL,
  category    text        NOT NULL,
  from_domain text        NOT NULL,
  source      text        NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (message_id, rule_id)
);
CREATE INDEX rule_hit_account_idx ON rule_hit (account_id, at DESC);

-- Handed over to the administrator after the migrations (applyMigrations, appendOnly): the service keeps SELECT and INSERT.
-- The trigger also stops an owner who forgets.
CREATE TABLE audit_entry (
  seq           bigint         PRIMARY KEY CHECK (seq > 0),
  at            timestamptz(3) NOT NULL,
  account_id    uuid,
  actor         text           NOT NULL,
  action        text           NOT NULL,
  subject       text           NOT NULL,
  detail        text           NOT NULL,
  previous_hash bytea          NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash          bytea          NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE UNIQUE INDEX audit_entry_hash_key ON audit_entry (hash);
CREATE INDEX audit_entry_page_idx ON audit_entry (account_id, seq DESC);
CREATE FUNCTION audit_entry_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_final();

-- What Screen asks for a batch of messages. Part 1: the domains named (each once), part 2: the recipients that are suppressed; `place` counts from 1.
-- By index only, one look per item: a plan that was made while a table was small or had no statistics would read all of it for each item.
CREATE FUNCTION screen_facts(domain_accounts uuid[], domain_names text[], accounts uuid[], modes text[], tokens bytea[], categories text[], essentials boolean[], at timestamptz)
  RETURNS TABLE (part integer, place integer, id uuid, name text, state text, version bigint, selectors text[], return_path_domain text, degraded_at timestamptz, reason text, strength smallint)
  LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
  AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT 1, q.place::integer, d.id, d.name, d.state, d.version, d.selectors, d.return_path_domain, d.degraded_at, NULL::text, 0::smallint
  FROM unnest(domain_accounts, domain_names) WITH ORDINALITY AS q (account_id, name, place)
  JOIN domain d ON d.account_id = q.account_id AND d.name = q.name;
  RETURN QUERY
  SELECT 2, q.place::integer, NULL::uuid, NULL::text, NULL::text, NULL::bigint, NULL::text[], NULL::text, NULL::timestamptz, s.reason, s.strength
  FROM unnest(accounts, modes, tokens, categories, essentials) WITH ORDINALITY AS q (account_id, mode, token, category, essential, place)
  JOIN suppression s ON (s.token || uuid_send(s.account_id)) = (q.token || uuid_send(q.account_id)) AND s.mode = q.mode
  WHERE (s.scope = 'account' OR s.category = q.category) AND (s.expires_at IS NULL OR s.expires_at > screen_facts.at) AND NOT (q.essential AND s.reason = 'unsubscribe');
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
