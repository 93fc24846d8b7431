/** The reply of a mail server, or null fields where none came. */
export interface SmtpReply {
  code: number | null;
  enhanced: string | null;
  text: string;
  mx?: string | null;
  tls?: unknown;
}

/** Why a recipient could not be reached: a class to act on and a stable reason. */
export interface EventClassification {
  class: 'hard' | 'soft' | 'block' | 'admin' | 'undetermined';
  reason: string;
}

/** Every event about one recipient. */
export type EmailEventType =
  | 'email.accepted' | 'email.scheduled' | 'email.held' | 'email.queued' | 'email.sent' | 'email.delayed' | 'email.delivered'
  | 'email.bounced' | 'email.rejected' | 'email.suppressed' | 'email.failed' | 'email.expired' | 'email.canceled'
  | 'email.complained' | 'email.opened' | 'email.clicked' | 'email.unsubscribed';

/** Every event about the account, its domains and lists. */
export type AccountEventType =
  | 'domain.verified' | 'domain.degraded' | 'suppression.added' | 'suppression.removed' | 'template.published'
  | 'account.standing_changed' | 'account.alert' | 'quota.threshold_reached';

/** A type of event that webhooks and the feed carry. */
export type EventType = EmailEventType | AccountEventType;

/** What every `email.*` event says; some types add members, such as `late` on a bounce report after delivery. */
export interface EmailEventData {
  email_id: string;
  recipient: { id: string; address: string };
  attempt: number | null;
  smtp: SmtpReply | null;
  classification: EventClassification | null;
  tags: string[];
  metadata: Record<string, string>;
  category: string;
  message_id_header: string;
  test: boolean;
  late?: boolean;
  next_attempt_at?: string | null;
  reason?: string | null;
  [member: string]: unknown;
}

/** One fact about one recipient. `seq` (gapless per account and mode, from 1) is present in the feed, not in webhooks. */
export interface EmailEvent {
  id: string;
  seq?: number;
  type: EmailEventType;
  timestamp: string;
  data: EmailEventData;
}

/** One fact about the account, a domain or a list. */
export interface AccountEvent {
  id: string;
  seq?: number;
  type: AccountEventType;
  timestamp: string;
  data: Record<string, unknown>;
}

/** One event of the feed. */
export type NexoraEvent = EmailEvent | AccountEvent;

/** True for an event about a recipient; narrows `data`. */
export function isEmailEvent(event: NexoraEvent): event is EmailEvent {
  return event.type.startsWith('email.');
}
