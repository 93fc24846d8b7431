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

-- ── dispatch: messages, recipients, queue, sealed content ─────────────────────────────────────────────────────────────────────────
-- Big tables are cut by release day (UTC day of acceptance, of `scheduled_at` for scheduled mail) and dropped at day + 4.

CREATE TABLE message (
  release_day        date        NOT NULL,
  id                 uuid        NOT NULL,
  account_id         uuid        NOT NULL,
  account_ref        bigint      NOT NULL,
  mode               text        NOT NULL CHECK (mode IN ('live', 'test')),
  source             text        NOT NULL,
  from_address       text        NOT NULL,
  from_header        text        NOT NULL,
  envelope_from      text        NOT NULL,
  reply_to           text[]      NOT NULL,
  category           text        NOT NULL,
  tags               text[]      NOT NULL,
  metadata           jsonb       NOT NULL,
  message_id_header  text        NOT NULL,
  -- Sealed by the content's data key; NULL after the purge.
  subject            bytea,
  created_at         timestamptz NOT NULL,
  scheduled_at       timestamptz,
  expires_at         timestamptz NOT NULL,
  -- What Screen said at acceptance; asked again at lease when it is older than 5 s.
  domain_id          uuid        NOT NULL,
  domain             text        NOT NULL,
  return_path_domain text        NOT NULL,
  selectors          text[]      NOT NULL,
  domain_version     bigint      NOT NULL,
  sensitive          boolean     NOT NULL,
  require_tls        boolean     NOT NULL,
  smtputf8           boolean     NOT NULL,
  track_opens        boolean     NOT NULL,
  track_clicks       boolean     NOT NULL,
  ordering_key       text,
  client             text        NOT NULL,
  key_id             text        NOT NULL,
  request_id         text        NOT NULL,
  content_kind       text        NOT NULL CHECK (content_kind IN ('composed', 'raw')),
  content_bytes      integer     NOT NULL,
  recipients         smallint    NOT NULL,
  PRIMARY KEY (release_day, id)
) PARTITION BY RANGE (release_day);
-- A day without a partition lands here: intake never stops for a missing one.
CREATE TABLE message_default PARTITION OF message DEFAULT;

CREATE TABLE recipient (
  release_day   date        NOT NULL,
  message_id    uuid        NOT NULL,
  n             smallint    NOT NULL CHECK (n BETWEEN 0 AND 49),
  address       text        NOT NULL,
  kind          text        NOT NULL,
  display_name  text        NOT NULL,
  -- `accepted` while it is in the queue (the queue row tells more), else the terminal state.
  status        text        NOT NULL,
  reason        text        NOT NULL DEFAULT '',
  attempts      smallint    NOT NULL DEFAULT 0,
  last_reply    jsonb,
  final_at      timestamptz,
  late_bounce   boolean     NOT NULL DEFAULT false,
  PRIMARY KEY (release_day, message_id, n)
) PARTITION BY RANGE (release_day);
CREATE TABLE recipient_default PARTITION OF recipient DEFAULT WITH (fillfactor = 85);

-- One row per recipient that is not final. state: 0 due, 1 scheduled, 2 held, 3 blocked by a predecessor of its ordering key, 4 paused by
-- the account's standing, 5 waiting for its next try. run_at and expires_at are business time; lease_until and screened_at real time.
CREATE TABLE queue (
  message_id   uuid        NOT NULL,
  n            smallint    NOT NULL,
  release_day  date        NOT NULL,
  account_id   uuid        NOT NULL,
  mode         text        NOT NULL,
  site         text        NOT NULL,
  state        smallint    NOT NULL CHECK (state BETWEEN 0 AND 5),
  run_at       timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  tries        smallint    NOT NULL DEFAULT 0,
  unknowns     smallint    NOT NULL DEFAULT 0,
  -- `email.sent` was told: the message was handed to a connection once.
  sent         boolean     NOT NULL DEFAULT false,
  reason       text        NOT NULL DEFAULT '',
  last_reply   jsonb,
  screened_at  timestamptz NOT NULL,
  lease_token  uuid,
  lease_until  timestamptz,
  ordering_key text,
  after_id     uuid,
  PRIMARY KEY (message_id, n)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_insert_scale_factor = 0.1);
-- The lease: lanes (site, account) in turn, rows of a lane by time. It holds due rows only, so its cost does not grow with what waits.
CREATE INDEX queue_due_idx ON queue (site, account_id, run_at) WHERE state = 0;
CREATE INDEX queue_expiry_idx ON queue (expires_at);
CREATE INDEX queue_scheduled_idx ON queue (run_at) WHERE state = 1;
CREATE INDEX queue_waiting_idx ON queue (run_at) WHERE state = 5;
CREATE INDEX queue_paused_idx ON queue (account_id) WHERE state = 4;
CREATE INDEX queue_ordering_idx ON queue (account_id, mode, ordering_key) WHERE ordering_key IS NOT NULL;
CREATE INDEX queue_after_idx ON queue (after_id) WHERE after_id IS NOT NULL;

-- Sealed frames of at most 1 MiB. Sealed bytes do not compress.
CREATE TABLE content (
  release_day date     NOT NULL,
  message_id  uuid     NOT NULL,
  frame       smallint NOT NULL,
  bytes       bytea    NOT NULL,
  PRIMARY KEY (release_day, message_id, frame)
) PARTITION BY RANGE (release_day);
ALTER TABLE content ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE TABLE content_default PARTITION OF content DEFAULT;

-- Epoch keys live outside Postgres; these rows say which slice each belongs to. destroyed_at: no content can use it any more.
CREATE TABLE epoch (
  id           text        PRIMARY KEY,
  slice_start  timestamptz NOT NULL,
  slice_end    timestamptz NOT NULL,
  destroy_by   timestamptz NOT NULL,
  destroyed_at timestamptz
);
CREATE INDEX epoch_live_idx ON epoch (slice_end) WHERE destroyed_at IS NULL;

CREATE TABLE content_key (
  message_id  uuid        PRIMARY KEY,
  release_day date        NOT NULL,
  epoch_id    text        NOT NULL,
  -- Data key, sealed under the account key and the epoch key together.
  wrapped     bytea       NOT NULL,
  accepted_at timestamptz NOT NULL,
  sensitive   boolean     NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX content_key_epoch_idx ON content_key (epoch_id);
CREATE INDEX content_key_accepted_idx ON content_key (accepted_at);

-- Account keys, sealed under a key derived from the master key.
CREATE TABLE account_key (
  account_id uuid        PRIMARY KEY,
  sealed     bytea       NOT NULL,
  created_at timestamptz NOT NULL
);

-- First answers, replayed for 24 h. The answer holds addresses: blanked by erasure.
CREATE TABLE idempotency (
  account_id uuid        NOT NULL,
  mode       text        NOT NULL,
  key        text        NOT NULL,
  body_hash  bytea       NOT NULL,
  message_id uuid        NOT NULL,
  answer     bytea       NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, mode, key)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX idempotency_expiry_idx ON idempotency (expires_at);

-- Copies of limits (accounts) and standing (compliance) with their versions, and the running counter, which is ours.
CREATE TABLE gate (
  account_id          uuid        PRIMARY KEY,
  account_ref         bigint      NOT NULL,
  plan                text        NOT NULL,
  limits_version      bigint      NOT NULL,
  standing            text        NOT NULL,
  standing_version    bigint      NOT NULL,
  messages_per_period bigint      NOT NULL,
  period_anchor       timestamptz NOT NULL,
  period_start        timestamptz NOT NULL,
  period_end          timestamptz NOT NULL,
  used                bigint      NOT NULL DEFAULT 0,
  -- What mail.usage last told, to tell changes only.
  told_used           bigint      NOT NULL DEFAULT -1,
  told_start          timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE sender_domain (
  domain_id          uuid   PRIMARY KEY,
  account_id         uuid   NOT NULL,
  name               text   NOT NULL,
  status             text   NOT NULL,
  selectors          text[] NOT NULL,
  return_path_domain text   NOT NULL,
  version            bigint NOT NULL,
  deleted            boolean NOT NULL
);

-- Private keys are sealed under a key derived from the master key and are never returned.
CREATE TABLE dkim_key (
  domain_id  uuid        NOT NULL,
  selector   text        NOT NULL,
  account_id uuid        NOT NULL,
  domain     text        NOT NULL,
  algorithm  text        NOT NULL,
  record     text        NOT NULL,
  sealed     bytea       NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (domain_id, selector)
);

-- Live deliver workers (heartbeat, real time): each takes its share of a site's limit.
CREATE TABLE worker (
  id      uuid        PRIMARY KEY,
  host    text        NOT NULL,
  seen_at timestamptz NOT NULL
);

-- Switches of those on call: one row.
CREATE TABLE switches (
  single           boolean PRIMARY KEY DEFAULT true CHECK (single),
  intake_stopped   boolean NOT NULL DEFAULT false,
  delivery_stopped boolean NOT NULL DEFAULT false
);
INSERT INTO switches DEFAULT VALUES;

-- Accepts a batch in one round trip (flows.md §4): lock gates in account order, drop known ids and keys, standing, quota, insert all.
-- Item i of the arrays is message i; texts and numbers of its row are object i of p_messages; everything binary lies in p_blob.
-- Answers one row per item: ok, known (id seen before), replay (with the first answer), or why not. Only `ok` leaves rows.
CREATE FUNCTION accept_batch(
  p_now timestamptz, p_wall timestamptz, p_blob bytea,
  p_id uuid[], p_account uuid[], p_mode text[], p_day date[], p_units int[], p_state smallint[], p_run_at timestamptz[], p_expires timestamptz[],
  p_key text[], p_hash text[], p_ordering text[], p_epoch text[], p_sensitive boolean[],
  p_wrapped_start int[], p_wrapped_length int[], p_subject_start int[], p_subject_length int[],
  p_answer_start int[], p_answer_length int[], p_event_id uuid[], p_event_start int[], p_event_length int[],
  p_frame_item int[], p_frame smallint[], p_frame_start int[], p_frame_length int[],
  p_rcpt_item int[], p_rcpt_n smallint[], p_rcpt_address text[], p_rcpt_kind text[], p_rcpt_name text[], p_rcpt_status text[], p_rcpt_reason text[], p_rcpt_site text[],
  p_messages json
) RETURNS TABLE (item int, code text, answer bytea, retry_at timestamptz)
  LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_count int := cardinality(p_id);
  v_code text[] := array_fill(''::text, ARRAY[cardinality(p_id)]);
  v_answer bytea[] := array_fill(NULL::bytea, ARRAY[cardinality(p_id)]);
  v_retry timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(p_id)]);
  v_after uuid[] := array_fill(NULL::uuid, ARRAY[cardinality(p_id)]);
  v_accounts uuid[] := '{}';
  v_standing text[] := '{}';
  v_used bigint[] := '{}';
  v_limit bigint[] := '{}';
  v_start timestamptz[] := '{}';
  v_end timestamptz[] := '{}';
  v_touched boolean[] := '{}';
  v_known uuid[];
  v_epochs text[];
  v_lanes text[] := '{}';
  v_lane_ids uuid[] := '{}';
  v_lane text;
  v_at int;
  v_any boolean := false;
  v_hash bytea;
  v_first bytea;
  v_previous uuid;
  r record;
BEGIN
  -- Locks in account order, so that two batches cannot deadlock. The period rolls over here, at the first accept after its end.
  FOR r IN SELECT * FROM gate WHERE account_id = ANY (p_account) ORDER BY account_id FOR UPDATE LOOP
    v_accounts := v_accounts || r.account_id;
    v_standing := v_standing || r.standing;
    v_limit := v_limit || r.messages_per_period;
    v_touched := v_touched || false;
    IF r.period_end <= p_now THEN
      -- Counted from the anchor, so that the 31st does not drift to the 28th.
      v_at := 0;
      WHILE r.period_anchor + make_interval(months => v_at + 1) <= p_now LOOP v_at := v_at + 1; END LOOP;
      r.period_start := greatest(r.period_end, r.period_anchor + make_interval(months => v_at));
      r.period_end := r.period_anchor + make_interval(months => v_at + 1);
      r.used := 0;
      v_touched[cardinality(v_touched)] := true;
    END IF;
    v_used := v_used || r.used;
    v_start := v_start || r.period_start;
    v_end := v_end || r.period_end;
  END LOOP;

  -- After the locks: a statement of its own, so that it sees what the previous holder of a gate committed.
  SELECT coalesce(array_agg(m.id), '{}') INTO v_known
    FROM unnest(p_id, p_day) AS k (id, day) JOIN message m ON m.release_day = k.day AND m.id = k.id;
  -- A share lock on the epochs: the purge cannot destroy one between here and our commit.
  SELECT coalesce(array_agg(e.id), '{}') INTO v_epochs FROM (
    SELECT id FROM epoch WHERE id = ANY (p_epoch) AND destroyed_at IS NULL FOR SHARE) AS e;

  FOR i IN 1..v_count LOOP
    IF p_id[i] = ANY (v_known) THEN
      v_code[i] := 'known';
      CONTINUE;
    END IF;
    v_at := array_position(v_accounts, p_account[i]);
    IF v_at IS NULL THEN
      v_code[i] := 'no_gate';
      CONTINUE;
    END IF;
    IF p_key[i] IS NOT NULL THEN
      SELECT k.body_hash, k.answer INTO v_hash, v_first FROM idempotency k
        WHERE k.account_id = p_account[i] AND k.mode = p_mode[i] AND k.key = p_key[i] AND k.expires_at > p_now;
      IF FOUND THEN
        v_code[i] := CASE WHEN v_hash = decode(p_hash[i], 'hex') THEN 'replay' ELSE 'idempotency_key_reused' END;
        v_answer[i] := CASE WHEN v_code[i] = 'replay' THEN v_first END;
        CONTINUE;
      END IF;
    END IF;
    IF v_standing[v_at] IN ('suspended', 'terminated') THEN
      v_code[i] := 'account_suspended';
    ELSIF v_standing[v_at] = 'restricted' THEN
      v_code[i] := 'sending_restricted';
    ELSIF v_standing[v_at] NOT IN ('active', 'warned', 'throttled') AND p_mode[i] = 'live' THEN
      v_code[i] := 'account_not_activated';
    ELSIF NOT (p_epoch[i] = ANY (v_epochs)) THEN
      v_code[i] := 'epoch_gone';
    ELSIF p_mode[i] = 'live' AND v_used[v_at] + p_units[i] > v_limit[v_at] AND p_units[i] > 0 THEN
      v_code[i] := 'quota_exceeded';
      v_retry[i] := v_end[v_at];
    ELSE
      v_code[i] := 'ok';
      v_any := true;
      IF p_mode[i] = 'live' AND p_units[i] > 0 THEN
        v_used[v_at] := v_used[v_at] + p_units[i];
        v_touched[v_at] := true;
      END IF;
      IF p_ordering[i] IS NOT NULL THEN
        v_lane := p_account[i]::text || p_mode[i] || p_ordering[i];
        v_at := array_position(v_lanes, v_lane);
        IF v_at IS NULL THEN
          -- The last one of this key that is not final. A share lock: its last commit waits for ours and then frees us.
          SELECT q.message_id INTO v_previous FROM queue q
            WHERE q.account_id = p_account[i] AND q.mode = p_mode[i] AND q.ordering_key = p_ordering[i]
              AND NOT EXISTS (SELECT FROM queue s WHERE s.after_id = q.message_id)
            LIMIT 1 FOR SHARE;
          v_after[i] := CASE WHEN FOUND THEN v_previous END;
          v_lanes := v_lanes || v_lane;
          v_lane_ids := v_lane_ids || p_id[i];
        ELSE
          v_after[i] := v_lane_ids[v_at];
          v_lane_ids[v_at] := p_id[i];
        END IF;
        -- A message without a recipient to deliver to holds nobody up.
        IF p_units[i] = 0 THEN
          v_at := array_position(v_lanes, v_lane);
          v_lane_ids[v_at] := coalesce(v_after[i], '00000000-0000-0000-0000-000000000000');
        END IF;
        IF v_after[i] = '00000000-0000-0000-0000-000000000000' THEN v_after[i] := NULL; END IF;
      END IF;
    END IF;
  END LOOP;

  IF v_any OR true = ANY (v_touched) THEN
    UPDATE gate g SET used = u.used, period_start = u.period_start, period_end = u.period_end
      FROM unnest(v_accounts, v_used, v_start, v_end, v_touched) AS u (account_id, used, period_start, period_end, touched)
      WHERE g.account_id = u.account_id AND u.touched;
  END IF;

  IF v_any THEN
    INSERT INTO message (release_day, id, account_id, account_ref, mode, source, from_address, from_header, envelope_from, reply_to, category, tags, metadata,
        message_id_header, subject, created_at, scheduled_at, expires_at, domain_id, domain, return_path_domain, selectors, domain_version, sensitive, require_tls,
        smtputf8, track_opens, track_clicks, ordering_key, client, key_id, request_id, content_kind, content_bytes, recipients)
      SELECT p_day[m.item], p_id[m.item], p_account[m.item], m.account_ref, p_mode[m.item], m.source, m.from_address, m.from_header, m.envelope_from, m.reply_to,
          m.category, m.tags, m.metadata, m.message_id_header, substring(p_blob FROM p_subject_start[m.item] FOR p_subject_length[m.item]),
          m.created_at, m.scheduled_at, p_expires[m.item], m.domain_id, m.domain, m.return_path_domain, m.selectors, m.domain_version, p_sensitive[m.item],
          m.require_tls, m.smtputf8, m.track_opens, m.track_clicks, p_ordering[m.item], m.client, m.key_id, m.request_id, m.content_kind, m.content_bytes, m.recipients
        FROM json_to_recordset(p_messages) AS m (item int, account_ref bigint, source text, from_address text, from_header text, envelope_from text, reply_to text[],
          category text, tags text[], metadata jsonb, message_id_header text, created_at timestamptz, scheduled_at timestamptz, domain_id uuid, domain text,
          return_path_domain text, selectors text[], domain_version bigint, require_tls boolean, smtputf8 boolean, track_opens boolean, track_clicks boolean,
          client text, key_id text, request_id text, content_kind text, content_bytes int, recipients smallint)
        WHERE v_code[m.item] = 'ok';
    INSERT INTO recipient (release_day, message_id, n, address, kind, display_name, status, reason, final_at)
      SELECT p_day[r.item], p_id[r.item], r.n, r.address, r.kind, r.name, r.status, r.reason, CASE WHEN r.status <> 'accepted' THEN p_now END
        FROM unnest(p_rcpt_item, p_rcpt_n, p_rcpt_address, p_rcpt_kind, p_rcpt_name, p_rcpt_status, p_rcpt_reason) AS r (item, n, address, kind, name, status, reason)
        WHERE v_code[r.item] = 'ok';
    INSERT INTO queue (message_id, n, release_day, account_id, mode, site, state, run_at, expires_at, screened_at, ordering_key, after_id)
      SELECT p_id[r.item], r.n, p_day[r.item], p_account[r.item], p_mode[r.item], r.site, CASE WHEN v_after[r.item] IS NULL THEN p_state[r.item] ELSE 3 END,
          p_run_at[r.item], p_expires[r.item], p_wall, p_ordering[r.item], v_after[r.item]
        FROM unnest(p_rcpt_item, p_rcpt_n, p_rcpt_status, p_rcpt_site) AS r (item, n, status, site)
        WHERE v_code[r.item] = 'ok' AND r.status = 'accepted';
    -- A message without a recipient to deliver to keeps no content.
    INSERT INTO content (release_day, message_id, frame, bytes)
      SELECT p_day[f.item], p_id[f.item], f.frame, substring(p_blob FROM f.start FOR f.length)
        FROM unnest(p_frame_item, p_frame, p_frame_start, p_frame_length) AS f (item, frame, start, length)
        WHERE v_code[f.item] = 'ok' AND NOT (p_sensitive[f.item] AND p_units[f.item] = 0);
    INSERT INTO content_key (message_id, release_day, epoch_id, wrapped, accepted_at, sensitive)
      SELECT p_id[i], p_day[i], p_epoch[i], substring(p_blob FROM p_wrapped_start[i] FOR p_wrapped_length[i]), p_now, p_sensitive[i]
        FROM generate_series(1, v_count) AS i WHERE v_code[i] = 'ok' AND NOT (p_sensitive[i] AND p_units[i] = 0);
    INSERT INTO idempotency (account_id, mode, key, body_hash, message_id, answer, expires_at)
      SELECT p_account[i], p_mode[i], p_key[i], decode(p_hash[i], 'hex'), p_id[i], substring(p_blob FROM p_answer_start[i] FOR p_answer_length[i]), p_now + interval '24 hours'
        FROM generate_series(1, v_count) AS i WHERE v_code[i] = 'ok' AND p_key[i] IS NOT NULL
      ON CONFLICT (account_id, mode, key) DO UPDATE SET body_hash = excluded.body_hash, message_id = excluded.message_id, answer = excluded.answer, expires_at = excluded.expires_at
        WHERE idempotency.expires_at <= p_now;
    INSERT INTO outbox (day, shard, topic, key, event_id, type, payload, headers, recorded_at)
      SELECT (p_now AT TIME ZONE 'UTC')::date, outbox_shard(p_id[i]::text), 'nexora.mail.events.v1', p_id[i]::text, p_event_id[i], 'email.accepted',
          substring(p_blob FROM p_event_start[i] FOR p_event_length[i]), jsonb_build_object('account', p_account[i]), p_now
        FROM generate_series(1, v_count) AS i WHERE v_code[i] = 'ok';
  END IF;

  RETURN QUERY SELECT i, v_code[i], v_answer[i], v_retry[i] FROM generate_series(1, v_count) AS i;
END $$;

-- What a worker needs of a leased row.
CREATE TYPE leased AS (
  message_id uuid, n smallint, release_day date, account_id uuid, mode text, site text, state smallint, run_at timestamptz, expires_at timestamptz,
  tries smallint, unknowns smallint, sent boolean, reason text, last_reply jsonb, screened_at timestamptz, ordering_key text,
  account_ref bigint, source text, from_address text, from_header text, envelope_from text, reply_to text[], category text, tags text[], metadata jsonb,
  message_id_header text, created_at timestamptz, scheduled_at timestamptz, domain_id uuid, domain text, return_path_domain text, selectors text[],
  domain_version bigint, sensitive boolean, require_tls boolean, smtputf8 boolean, client text, content_kind text, content_bytes int, recipients smallint,
  address text, wrapped bytea, epoch_id text
);

-- VOLATILE, so that it sees what a lease in the same statement has just written.
CREATE FUNCTION leased_rows(p_token uuid, p_ids uuid[], p_ns smallint[]) RETURNS SETOF leased
  LANGUAGE sql VOLATILE
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT q.message_id, q.n, q.release_day, q.account_id, q.mode, q.site, q.state, q.run_at, q.expires_at, q.tries, q.unknowns, q.sent, q.reason, q.last_reply,
      q.screened_at, q.ordering_key, m.account_ref, m.source, m.from_address, m.from_header, m.envelope_from, m.reply_to, m.category, m.tags, m.metadata,
      m.message_id_header, m.created_at, m.scheduled_at, m.domain_id, m.domain, m.return_path_domain, m.selectors, m.domain_version, m.sensitive, m.require_tls,
      m.smtputf8, m.client, m.content_kind, m.content_bytes, m.recipients, r.address, k.wrapped, k.epoch_id
    FROM unnest(p_ids, p_ns) AS p (message_id, n)
    JOIN queue q ON q.message_id = p.message_id AND q.n = p.n AND q.lease_token = p_token
    JOIN message m ON m.release_day = q.release_day AND m.id = q.message_id
    JOIN recipient r ON r.release_day = q.release_day AND r.message_id = q.message_id AND r.n = q.n
    LEFT JOIN content_key k ON k.message_id = q.message_id
$$;

-- Sealed frames of messages, in order.
CREATE FUNCTION content_of(p_ids uuid[], p_days date[]) RETURNS TABLE (message_id uuid, frame smallint, bytes bytea)
  LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT c.message_id, c.frame, c.bytes FROM unnest(p_ids, p_days) AS k (id, day) JOIN content c ON c.release_day = k.day AND c.message_id = k.id ORDER BY c.message_id, c.frame
$$;

-- Leases due rows over the lanes (site, account) in turn, from the lane after the cursor. A site gives at most its free slots, and at most a
-- quarter of them to one account while others wait there. p_since: rows that fell due in a jump of the test clock have their one try even if
-- they expired within the same jump (p_now when there was none). `complete`: every lane was looked at.
CREATE FUNCTION lease_due(
  p_now timestamptz, p_wall timestamptz, p_until timestamptz, p_token uuid, p_limit int, p_since timestamptz,
  p_sites text[], p_free int[], p_default int, p_after_site text, p_after_account uuid
) RETURNS TABLE (last_site text, last_account uuid, complete boolean, ids uuid[], ns smallint[])
  LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_site text := p_after_site;
  v_account uuid := p_after_account;
  v_wrapped boolean := p_after_site = '';
  v_lane_site text[] := '{}';
  v_lane_account uuid[] := '{}';
  v_lane_take int[] := '{}';
  v_site_names text[] := '{}';
  v_site_free int[] := '{}';
  v_site_lanes int[] := '{}';
  v_at int;
  v_free int;
  v_take int;
  v_left int := p_limit;
  v_share int;
  v_probes int := 0;
  v_complete boolean := false;
  r record;
BEGIN
  LOOP
    v_probes := v_probes + 1;
    SELECT q.site, q.account_id, q.run_at INTO r FROM queue q
      WHERE q.state = 0 AND (q.site, q.account_id) > (v_site, v_account) ORDER BY q.site, q.account_id, q.run_at LIMIT 1;
    IF NOT FOUND THEN
      v_complete := v_wrapped;
      EXIT WHEN v_wrapped;
      v_wrapped := true;
      v_site := '';
      v_account := '00000000-0000-0000-0000-000000000000';
      CONTINUE;
    END IF;
    v_complete := v_wrapped AND p_after_site <> '' AND (r.site, r.account_id) > (p_after_site, p_after_account);
    EXIT WHEN v_complete;
    v_site := r.site;
    v_account := r.account_id;
    IF r.run_at <= p_now THEN
      v_at := array_position(v_site_names, r.site);
      IF v_at IS NULL THEN
        v_free := coalesce(p_free[array_position(p_sites, r.site)], p_default);
        v_site_names := v_site_names || r.site;
        v_site_free := v_site_free || v_free;
        v_site_lanes := v_site_lanes || 1;
        v_at := cardinality(v_site_names);
      ELSE
        v_site_lanes[v_at] := v_site_lanes[v_at] + 1;
      END IF;
      IF v_site_free[v_at] > 0 THEN
        v_lane_site := v_lane_site || r.site;
        v_lane_account := v_lane_account || r.account_id;
      END IF;
    END IF;
    -- As many lanes as rows are wanted: each gives at least one, and the next call goes on behind the last.
    EXIT WHEN cardinality(v_lane_site) >= p_limit OR v_probes >= 1000;
  END LOOP;
  IF cardinality(v_lane_site) = 0 THEN
    RETURN QUERY SELECT v_site, v_account, v_complete, '{}'::uuid[], '{}'::smallint[];
    RETURN;
  END IF;
  v_share := greatest(1, p_limit / cardinality(v_lane_site));
  FOR i IN 1..cardinality(v_lane_site) LOOP
    v_at := array_position(v_site_names, v_lane_site[i]);
    v_free := coalesce(p_free[array_position(p_sites, v_lane_site[i])], p_default);
    v_take := CASE WHEN v_site_lanes[v_at] > 1 THEN greatest(1, v_free / 4) ELSE v_free END;
    v_take := least(v_take, v_site_free[v_at], v_share, v_left);
    v_lane_take := v_lane_take || v_take;
    v_site_free[v_at] := v_site_free[v_at] - v_take;
    v_left := v_left - v_take;
  END LOOP;
  RETURN QUERY
  WITH picked AS (
    SELECT d.message_id, d.n FROM unnest(v_lane_site, v_lane_account, v_lane_take) AS lane (site, account_id, take)
      CROSS JOIN LATERAL (
        SELECT q.message_id, q.n FROM queue q
          WHERE q.state = 0 AND q.site = lane.site AND q.account_id = lane.account_id AND q.run_at <= p_now
            AND (q.lease_until IS NULL OR q.lease_until < p_wall)
            AND (q.expires_at > p_now OR (q.run_at > p_since AND q.run_at < q.expires_at))
          ORDER BY q.run_at LIMIT lane.take FOR UPDATE SKIP LOCKED) AS d
  ), taken AS (
    UPDATE queue q SET lease_token = p_token, lease_until = p_until FROM picked WHERE q.message_id = picked.message_id AND q.n = picked.n RETURNING q.message_id, q.n
  )
  SELECT v_site, v_account, v_complete, coalesce(array_agg(t.message_id), '{}'), coalesce(array_agg(t.n), '{}') FROM taken t;
END $$;

-- Leases rows for another end than an attempt: 'expire' (past expires_at, not to be tried any more), 'release' (scheduled and due),
-- 'pause' / 'resume' / 'cancel' (by the account's standing). Rows under a lease that runs are left alone.
CREATE FUNCTION lease_other(p_kind text, p_now timestamptz, p_wall timestamptz, p_until timestamptz, p_token uuid, p_limit int, p_since timestamptz, p_accounts uuid[])
  RETURNS TABLE (ids uuid[], ns smallint[])
  LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH picked AS (
    SELECT * FROM (
      SELECT q.message_id, q.n FROM queue q
        WHERE p_kind = 'expire' AND q.expires_at <= p_now AND (q.lease_until IS NULL OR q.lease_until < p_wall)
          AND NOT (q.state IN (0, 5) AND q.run_at <= p_now AND q.run_at > p_since AND q.run_at < q.expires_at)
        ORDER BY q.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED) AS expired
    UNION ALL
    SELECT * FROM (
      SELECT q.message_id, q.n FROM queue q
        WHERE p_kind = 'release' AND q.state = 1 AND q.run_at <= p_now AND (q.lease_until IS NULL OR q.lease_until < p_wall)
        ORDER BY q.run_at LIMIT p_limit FOR UPDATE SKIP LOCKED) AS released
    UNION ALL
    SELECT * FROM (
      SELECT q.message_id, q.n FROM queue q
        WHERE p_kind = 'cancel' AND q.account_id = ANY (p_accounts) AND (q.lease_until IS NULL OR q.lease_until < p_wall)
        LIMIT p_limit FOR UPDATE SKIP LOCKED) AS canceled
  ), taken AS (
    UPDATE queue q SET lease_token = p_token, lease_until = p_until FROM picked WHERE q.message_id = picked.message_id AND q.n = picked.n RETURNING q.message_id, q.n
  )
  SELECT coalesce(array_agg(t.message_id), '{}'), coalesce(array_agg(t.n), '{}') FROM taken t;
END $$;

-- Ends or moves leased rows whose token still matches, in one statement; the others are left alone and not answered. `final`: queue row
-- deleted, recipient's end written, successor of the ordering key freed, sensitive content purged with the last recipient. `later`: next try.
-- `back`: the lease is given up, no try counted. Each carries at most one outbox record.
CREATE FUNCTION finish_batch(
  p_now timestamptz, p_blob bytea,
  p_id uuid[], p_n smallint[], p_day date[], p_token uuid[], p_kind text[], p_status text[], p_reason text[], p_tries smallint[], p_unknowns smallint[], p_sent boolean[],
  p_state smallint[], p_run_at timestamptz[], p_reply text[], p_guarded boolean[], p_sensitive boolean[], p_account uuid[],
  p_event_id uuid[], p_event_type text[], p_event_start int[], p_event_length int[]
) RETURNS SETOF int
  LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_done int[];
  v_moved int[];
  v_last uuid[];
BEGIN
  -- Two finishes of one message's last recipients must see each other: only where its end has consequences.
  IF true = ANY (p_guarded) THEN
    PERFORM FROM (
      SELECT m.id FROM message m JOIN (SELECT DISTINCT p_id[i] AS id, p_day[i] AS day FROM generate_series(1, cardinality(p_id)) AS i WHERE p_guarded[i] AND p_kind[i] = 'final') AS g
        ON m.release_day = g.day AND m.id = g.id ORDER BY m.id FOR UPDATE OF m) AS locked;
  END IF;
  WITH gone AS (
    DELETE FROM queue q USING unnest(p_id, p_n, p_token, p_kind) WITH ORDINALITY AS f (id, n, token, kind, item)
      WHERE f.kind = 'final' AND q.message_id = f.id AND q.n = f.n AND q.lease_token = f.token RETURNING f.item::int AS item
  ) SELECT coalesce(array_agg(item), '{}') INTO v_done FROM gone;
  WITH moved AS (
    UPDATE queue q SET lease_token = NULL, lease_until = NULL, state = f.state, run_at = f.run_at, tries = f.tries, unknowns = f.unknowns, sent = f.sent,
        reason = f.reason, last_reply = coalesce(f.reply::jsonb, q.last_reply)
      FROM unnest(p_id, p_n, p_token, p_kind, p_state, p_run_at, p_tries, p_unknowns, p_sent, p_reason, p_reply) WITH ORDINALITY
        AS f (id, n, token, kind, state, run_at, tries, unknowns, sent, reason, reply, item)
      WHERE f.kind <> 'final' AND q.message_id = f.id AND q.n = f.n AND q.lease_token = f.token RETURNING f.item::int AS item
  ) SELECT coalesce(array_agg(item), '{}') INTO v_moved FROM moved;
  IF cardinality(v_done) > 0 THEN
    UPDATE recipient r SET status = p_status[f.item], reason = p_reason[f.item], attempts = p_tries[f.item], last_reply = p_reply[f.item]::jsonb, final_at = p_now
      FROM unnest(v_done) AS f (item)
      WHERE r.release_day = p_day[f.item] AND r.message_id = p_id[f.item] AND r.n = p_n[f.item] AND r.final_at IS NULL;
  END IF;
  INSERT INTO outbox (day, shard, topic, key, event_id, type, payload, headers, recorded_at)
    SELECT (p_now AT TIME ZONE 'UTC')::date, outbox_shard(p_id[f.item]::text), 'nexora.mail.events.v1', p_id[f.item]::text, p_event_id[f.item], p_event_type[f.item],
        substring(p_blob FROM p_event_start[f.item] FOR p_event_length[f.item]), jsonb_build_object('account', p_account[f.item]), p_now
      FROM unnest(v_done || v_moved) AS f (item) WHERE p_event_length[f.item] > 0 ORDER BY f.item;
  IF true = ANY (p_guarded) THEN
    SELECT coalesce(array_agg(DISTINCT p_id[f.item]), '{}') INTO v_last FROM unnest(v_done) AS f (item)
      WHERE p_guarded[f.item] AND NOT EXISTS (SELECT FROM queue q WHERE q.message_id = p_id[f.item]);
    IF cardinality(v_last) > 0 THEN
      UPDATE queue q SET state = 0, after_id = NULL WHERE q.after_id = ANY (v_last) AND q.state = 3;
      DELETE FROM content c USING unnest(v_done) AS f (item)
        WHERE p_sensitive[f.item] AND p_id[f.item] = ANY (v_last) AND c.release_day = p_day[f.item] AND c.message_id = p_id[f.item];
      DELETE FROM content_key k USING unnest(v_done) AS f (item) WHERE p_sensitive[f.item] AND p_id[f.item] = ANY (v_last) AND k.message_id = p_id[f.item];
      UPDATE message m SET subject = NULL FROM unnest(v_done) AS f (item)
        WHERE p_sensitive[f.item] AND p_id[f.item] = ANY (v_last) AND m.release_day = p_day[f.item] AND m.id = p_id[f.item];
    END IF;
  END IF;
  RETURN QUERY SELECT unnest(v_done || v_moved);
END $$;

-- Messages of one account and mode with their recipients and what is still queued, looked for on each id's day and p_more days after it.
CREATE FUNCTION messages_of(p_account uuid, p_mode text, p_ids uuid[], p_days date[], p_more int) RETURNS TABLE (
  id uuid, message_id_header text, from_header text, reply_to text[], subject bytea, category text, tags text[], metadata jsonb, created_at timestamptz,
  scheduled_at timestamptz, expires_at timestamptz, source text, wrapped bytea, epoch_id text, n smallint, address text, kind text, display_name text, status text,
  reason text, attempts smallint, last_reply jsonb, final_at timestamptz, late_bounce boolean, q_state smallint, q_tries smallint, q_run_at timestamptz,
  q_expires_at timestamptz, q_reason text, q_reply jsonb, q_leased_until timestamptz
)
  LANGUAGE sql STABLE
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT m.id, m.message_id_header, m.from_header, m.reply_to, m.subject, m.category, m.tags, m.metadata, m.created_at, m.scheduled_at, m.expires_at, m.source,
      c.wrapped, c.epoch_id, r.n, r.address, r.kind, r.display_name, r.status, r.reason, r.attempts, r.last_reply, r.final_at, r.late_bounce,
      q.state, q.tries, q.run_at, q.expires_at, q.reason, q.last_reply, q.lease_until
    FROM unnest(p_ids, p_days) AS k (id, day)
    CROSS JOIN LATERAL (
      SELECT * FROM message m WHERE m.release_day >= k.day + sign(p_more)::int AND m.release_day <= k.day + p_more AND m.id = k.id AND m.account_id = p_account AND m.mode = p_mode
    ) AS m
    JOIN recipient r ON r.release_day = m.release_day AND r.message_id = m.id
    LEFT JOIN queue q ON q.message_id = m.id AND q.n = r.n
    LEFT JOIN content_key c ON c.message_id = m.id
$$;
