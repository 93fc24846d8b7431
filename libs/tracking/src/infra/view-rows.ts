import type { RecipientStatus } from '@nexoramail/kernel';
import type { MessageView } from '../domain/message-view.js';
import type { RecipientState, SmtpFacts } from '../domain/recipient-state.js';

/** Columns of a {@link ViewRow}, of `message_view` as `m`. */
export const VIEW_COLUMNS = `m.id, m.account_id, m.mode, m.complete, m.created_at, m.message_id_header, m.from_header, m.reply_to, m.category, m.tags,
  m.metadata, m.scheduled_at, m.expires_at, m.source, m.template_id, m.template_version`;

/** Columns of a {@link RecipientRow}, of `recipient_view` as `r`. */
export const RECIPIENT_COLUMNS = `r.message_id, r.index, r.address, r.kind, r.display_name, r.status, r.changed_at, r.reason, r.attempts, r.next_attempt_at,
  r.last_smtp, r.last_smtp_at, r.final_at, r.late_bounce`;

/** A row of `message_view`. */
export interface ViewRow {
  id: string;
  account_id: string;
  mode: string;
  complete: boolean;
  created_at: Date;
  message_id_header: string;
  from_header: string;
  reply_to: string[];
  category: string;
  tags: string[];
  metadata: Record<string, string>;
  scheduled_at: Date | null;
  expires_at: Date | null;
  source: string;
  template_id: string;
  template_version: number;
}

/** A row of `recipient_view`. */
export interface RecipientRow {
  message_id: string;
  index: number;
  address: string;
  kind: string;
  display_name: string;
  status: RecipientStatus;
  changed_at: Date;
  reason: string;
  attempts: number;
  next_attempt_at: Date | null;
  last_smtp: SmtpFacts | null;
  last_smtp_at: Date | null;
  final_at: Date | null;
  late_bounce: boolean;
}

/** A message without its recipients. */
export function toView(row: ViewRow): MessageView {
  return {
    id: row.id,
    accountId: row.account_id,
    mode: row.mode,
    complete: row.complete,
    createdAt: row.created_at,
    messageIdHeader: row.message_id_header,
    from: row.from_header,
    replyTo: row.reply_to,
    category: row.category,
    tags: row.tags,
    metadata: row.metadata,
    scheduledAt: row.scheduled_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    source: row.source,
    templateId: row.template_id,
    templateVersion: row.template_version,
    recipients: [],
  };
}

/** The messages, in their order, each with its recipients by index. */
export function mergeRecipients(views: readonly MessageView[], rows: readonly RecipientRow[]): MessageView[] {
  const byMessage = Map.groupBy(rows, (row) => row.message_id);
  return views.map((view) => ({ ...view, recipients: (byMessage.get(view.id) ?? []).map(toRecipient).sort((a, b) => a.index - b.index) }));
}

function toRecipient(row: RecipientRow): RecipientState {
  return {
    index: row.index,
    address: row.address,
    kind: row.kind,
    displayName: row.display_name,
    status: row.status,
    changedAt: row.changed_at,
    reason: row.reason,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at ?? undefined,
    lastSmtp: row.last_smtp ?? undefined,
    lastSmtpAt: row.last_smtp_at ?? undefined,
    finalAt: row.final_at ?? undefined,
    lateBounce: row.late_bounce,
  };
}
