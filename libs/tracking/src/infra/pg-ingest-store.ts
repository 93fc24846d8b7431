import type { Sql, Statement } from '@nexoramail/platform';
import type { IngestStore, MessageUpdate } from '../application/ingest-events.js';
import type { Attempt } from '../domain/attempt.js';
import type { FeedHead, NewEvent } from '../domain/feed-event.js';
import { dayOfMessage, domainOfFrom, utcDay, type FeedScope, type MessageView } from '../domain/message-view.js';
import { mergeRecipients, RECIPIENT_COLUMNS, toView, VIEW_COLUMNS, type RecipientRow, type ViewRow } from './view-rows.js';

const LOCK: Statement = {
  name: 'ingest_lock_feeds',
  text: `SELECT c.account_id FROM feed_counter c JOIN unnest($1::uuid[], $2::text[]) AS g (account_id, mode) USING (account_id, mode)
    ORDER BY c.account_id, c.mode FOR UPDATE OF c`,
};
const MAKE_COUNTERS: Statement = {
  name: 'ingest_make_feeds',
  text: `INSERT INTO feed_counter (account_id, mode, seq) SELECT account_id, mode, 0 FROM unnest($1::uuid[], $2::text[]) AS g (account_id, mode)
    ORDER BY account_id, mode ON CONFLICT DO NOTHING`,
};

// Runs under the counters' locks, as a statement of its own: its snapshot is younger than every commit of the logs that it numbers.
const APPEND: Statement = {
  name: 'ingest_append_events',
  text: `WITH given AS (
      SELECT * FROM unnest($2::date[], $3::uuid[], $4::smallint[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[], $9::uuid[], $10::smallint[], $11::text[])
        WITH ORDINALITY AS g (day, record_id, step, account_id, mode, at, type, message_id, recipient_index, data, place)),
    numbered AS (
      SELECT g.*, c.seq + row_number() OVER (PARTITION BY g.account_id, g.mode ORDER BY g.place) AS seq
      FROM given g JOIN feed_counter c USING (account_id, mode)
      WHERE NOT EXISTS (SELECT FROM event e WHERE e.day = g.day AND e.record_id = g.record_id AND e.step = g.step)),
    stored AS (
      INSERT INTO event (day, record_id, step, account_id, mode, seq, at, recorded_at, type, message_id, recipient_index, data)
      SELECT day, record_id, step, account_id, mode, seq, at, $1, type, message_id, recipient_index, data::json FROM numbered ORDER BY place)
    UPDATE feed_counter c SET seq = n.seq
    FROM (SELECT account_id, mode, max(seq) AS seq FROM numbered GROUP BY account_id, mode) n
    WHERE c.account_id = n.account_id AND c.mode = n.mode
    RETURNING c.account_id, c.mode, c.seq`,
};

const LOAD_VIEWS: Statement = {
  name: 'ingest_load_views',
  text: `SELECT ${VIEW_COLUMNS} FROM unnest($1::date[], $2::uuid[]) AS g (day, id) JOIN message_view m USING (day, id)`,
};
const LOAD_RECIPIENTS: Statement = {
  name: 'ingest_load_recipients',
  text: `SELECT ${RECIPIENT_COLUMNS} FROM unnest($1::date[], $2::uuid[]) AS g (day, message_id) JOIN recipient_view r USING (day, message_id)`,
};

const VIEW_FIELDS = 'day, id, account_id, mode, complete, created_at, status, message_id_header, from_header, from_domain, category, scheduled_at, expires_at, source, template_id, template_version';
const SAVE_VIEWS: Statement = {
  name: 'ingest_save_views',
  text: `INSERT INTO message_view (${VIEW_FIELDS}, reply_to, tags, metadata)
    SELECT ${VIEW_FIELDS}, ARRAY (SELECT json_array_elements_text(reply_to::json)), ARRAY (SELECT json_array_elements_text(tags::json)), metadata::jsonb
    FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[],
      $11::text[], $12::timestamptz[], $13::timestamptz[], $14::text[], $15::text[], $16::int[], $17::text[], $18::text[], $19::text[])
      AS g (${VIEW_FIELDS}, reply_to, tags, metadata)
    ON CONFLICT (day, id) DO UPDATE SET complete = excluded.complete, created_at = excluded.created_at, status = excluded.status,
      message_id_header = excluded.message_id_header, from_header = excluded.from_header, from_domain = excluded.from_domain,
      category = excluded.category, scheduled_at = excluded.scheduled_at, expires_at = excluded.expires_at, source = excluded.source,
      template_id = excluded.template_id, template_version = excluded.template_version, reply_to = excluded.reply_to, tags = excluded.tags,
      metadata = excluded.metadata`,
};
// The usual change of a known message: only its status. Half the parameters, and nothing rewritten that did not change.
const SAVE_STATUSES: Statement = {
  name: 'ingest_save_statuses',
  text: `UPDATE message_view m SET status = g.status FROM unnest($1::date[], $2::uuid[], $3::text[]) AS g (day, id, status)
    WHERE m.day = g.day AND m.id = g.id`,
};

const RECIPIENT_FIELDS = 'day, message_id, index, account_id, mode, created_at, address, address_lower, kind, display_name, status, changed_at, reason, attempts, next_attempt_at, last_smtp_at, final_at, late_bounce';
const SAVE_RECIPIENTS: Statement = {
  name: 'ingest_save_recipients',
  text: `INSERT INTO recipient_view (${RECIPIENT_FIELDS}, last_smtp)
    SELECT ${RECIPIENT_FIELDS}, last_smtp::jsonb
    FROM unnest($1::date[], $2::uuid[], $3::smallint[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[],
      $11::text[], $12::timestamptz[], $13::text[], $14::int[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::boolean[], $19::text[])
      AS g (${RECIPIENT_FIELDS}, last_smtp)
    ON CONFLICT (day, message_id, index) DO UPDATE SET created_at = excluded.created_at, kind = excluded.kind, display_name = excluded.display_name,
      status = excluded.status, changed_at = excluded.changed_at, reason = excluded.reason, attempts = excluded.attempts,
      next_attempt_at = excluded.next_attempt_at, last_smtp = excluded.last_smtp, last_smtp_at = excluded.last_smtp_at,
      final_at = excluded.final_at, late_bounce = excluded.late_bounce`,
};

const ADD_LABELS: Statement = {
  name: 'ingest_add_labels',
  text: `INSERT INTO message_label (day, message_id, account_id, mode, label, created_at)
    SELECT * FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) ON CONFLICT DO NOTHING`,
};

const ADD_ATTEMPTS: Statement = {
  name: 'ingest_add_attempts',
  text: `INSERT INTO attempt (day, id, account_id, mode, message_id, recipient_index, n, started_at, ended_at, mx, ip, tls_version, tls_cipher,
      tls_verified, outcome, smtp, transcript)
    SELECT day, id, account_id, mode, message_id, recipient_index, n, started_at, ended_at, mx, ip, tls_version, tls_cipher, tls_verified, outcome,
      smtp::jsonb, transcript::jsonb
    FROM unnest($1::date[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::smallint[], $7::smallint[], $8::timestamptz[], $9::timestamptz[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::boolean[], $15::text[], $16::text[], $17::text[])
      AS g (day, id, account_id, mode, message_id, recipient_index, n, started_at, ended_at, mx, ip, tls_version, tls_cipher, tls_verified, outcome, smtp, transcript)
    ON CONFLICT DO NOTHING`,
};

/** The tables of log and read models, inside one transaction. Set-based: a batch costs the same few statements whatever its size. */
export class PgIngestStore implements IngestStore {
  constructor(private readonly tx: Sql) {}

  async lockFeeds(scopes: readonly FeedScope[]): Promise<void> {
    const keys = [scopes.map(({ accountId }) => accountId), scopes.map(({ mode }) => mode)];
    const { rowCount } = await this.tx.query(LOCK, keys);
    if (rowCount === scopes.length) return;
    await this.tx.query(MAKE_COUNTERS, keys);
    await this.tx.query(LOCK, keys);
  }

  async appendEvents(events: readonly NewEvent[], now: Date): Promise<FeedHead[]> {
    const { rows } = await this.tx.query<{ account_id: string; mode: string; seq: number }>(APPEND, [
      now,
      events.map(({ at }) => utcDay(at)),
      events.map(({ recordId }) => recordId),
      events.map(({ step }) => step),
      events.map(({ accountId }) => accountId),
      events.map(({ mode }) => mode),
      events.map(({ at }) => at),
      events.map(({ type }) => type),
      events.map(({ messageId }) => messageId ?? null),
      events.map(({ recipientIndex }) => recipientIndex ?? null),
      events.map(({ dataJson }) => dataJson),
    ]);
    return rows.map(({ account_id: accountId, mode, seq }) => ({ accountId, mode, seq }));
  }

  async loadMessages(ids: readonly string[]): Promise<MessageView[]> {
    const keys = [ids.map(dayOfMessage), ids];
    const { rows } = await this.tx.query<ViewRow>(LOAD_VIEWS, keys);
    if (rows.length === 0) return [];
    const recipients = await this.tx.query<RecipientRow>(LOAD_RECIPIENTS, keys);
    return mergeRecipients(rows.map(toView), recipients.rows);
  }

  async saveMessages(updates: readonly MessageUpdate[]): Promise<void> {
    await this.saveViews(updates.filter(({ rewrite }) => rewrite === 'row'));
    await this.saveStatuses(updates.filter(({ rewrite }) => rewrite === 'status'));
    await this.saveRecipients(updates);
    await this.addLabels(updates.filter(({ labels }) => labels.length > 0));
  }

  async addAttempts(attempts: readonly Attempt[]): Promise<void> {
    await this.tx.query(ADD_ATTEMPTS, [
      attempts.map(({ endedAt }) => utcDay(endedAt)),
      attempts.map(({ id }) => id),
      attempts.map(({ accountId }) => accountId),
      attempts.map(({ mode }) => mode),
      attempts.map(({ messageId }) => messageId),
      attempts.map(({ recipientIndex }) => recipientIndex),
      attempts.map(({ n }) => n),
      attempts.map(({ startedAt }) => startedAt),
      attempts.map(({ endedAt }) => endedAt),
      attempts.map(({ mx }) => mx),
      attempts.map(({ ip }) => ip),
      attempts.map(({ tlsVersion }) => tlsVersion),
      attempts.map(({ tlsCipher }) => tlsCipher),
      attempts.map(({ tlsVerified }) => tlsVerified),
      attempts.map(({ outcome }) => outcome),
      attempts.map(({ smtp }) => (smtp === undefined ? null : JSON.stringify(smtp))),
      attempts.map(({ transcript }) => JSON.stringify(transcript)),
    ]);
  }

  private async saveViews(updates: readonly MessageUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    const views = updates.map(({ view }) => view);
    await this.tx.query(SAVE_VIEWS, [
      views.map(({ id }) => dayOfMessage(id)),
      views.map(({ id }) => id),
      views.map(({ accountId }) => accountId),
      views.map(({ mode }) => mode),
      views.map(({ complete }) => complete),
      views.map(({ createdAt }) => createdAt),
      updates.map(({ status }) => status),
      views.map(({ messageIdHeader }) => messageIdHeader),
      views.map(({ from }) => from),
      views.map(({ from }) => domainOfFrom(from)),
      views.map(({ category }) => category),
      views.map(({ scheduledAt }) => scheduledAt ?? null),
      views.map(({ expiresAt }) => expiresAt ?? null),
      views.map(({ source }) => source),
      views.map(({ templateId }) => templateId),
      views.map(({ templateVersion }) => templateVersion),
      views.map(({ replyTo }) => JSON.stringify(replyTo)),
      views.map(({ tags }) => JSON.stringify(tags)),
      views.map(({ metadata }) => JSON.stringify(metadata)),
    ]);
  }

  private async saveStatuses(updates: readonly MessageUpdate[]): Promise<void> {
    if (updates.length === 0) return;
    await this.tx.query(SAVE_STATUSES, [updates.map(({ view }) => dayOfMessage(view.id)), updates.map(({ view }) => view.id), updates.map(({ status }) => status)]);
  }

  private async saveRecipients(updates: readonly MessageUpdate[]): Promise<void> {
    const rows = updates.flatMap(({ view, changedRecipients }) => changedRecipients.map((recipient) => ({ view, recipient })));
    if (rows.length === 0) return;
    await this.tx.query(SAVE_RECIPIENTS, [
      rows.map(({ view }) => dayOfMessage(view.id)),
      rows.map(({ view }) => view.id),
      rows.map(({ recipient }) => recipient.index),
      rows.map(({ view }) => view.accountId),
      rows.map(({ view }) => view.mode),
      rows.map(({ view }) => view.createdAt),
      rows.map(({ recipient }) => recipient.address),
      rows.map(({ recipient }) => recipient.address.toLowerCase()),
      rows.map(({ recipient }) => recipient.kind),
      rows.map(({ recipient }) => recipient.displayName),
      rows.map(({ recipient }) => recipient.status),
      rows.map(({ recipient }) => recipient.changedAt),
      rows.map(({ recipient }) => recipient.reason),
      rows.map(({ recipient }) => recipient.attempts),
      rows.map(({ recipient }) => recipient.nextAttemptAt ?? null),
      rows.map(({ recipient }) => recipient.lastSmtpAt ?? null),
      rows.map(({ recipient }) => recipient.finalAt ?? null),
      rows.map(({ recipient }) => recipient.lateBounce),
      rows.map(({ recipient }) => (recipient.lastSmtp === undefined ? null : JSON.stringify(recipient.lastSmtp))),
    ]);
  }

  private async addLabels(updates: readonly MessageUpdate[]): Promise<void> {
    const rows = updates.flatMap(({ view, labels }) => labels.map((label) => ({ view, label })));
    if (rows.length === 0) return;
    await this.tx.query(ADD_LABELS, [
      rows.map(({ view }) => dayOfMessage(view.id)),
      rows.map(({ view }) => view.id),
      rows.map(({ view }) => view.accountId),
      rows.map(({ view }) => view.mode),
      rows.map(({ label }) => label),
      rows.map(({ view }) => view.createdAt),
    ]);
  }
}
