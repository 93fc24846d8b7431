import type { SmtpReply } from './event.js';

/** Where one recipient of one message stands. The last seven are final. */
export type RecipientStatus =
  | 'accepted' | 'scheduled' | 'held' | 'queued' | 'sending' | 'delayed'
  | 'delivered' | 'bounced' | 'failed' | 'suppressed' | 'expired' | 'canceled' | 'rejected';

/** Where a message stands: the status its recipients share, or a summary of several. */
export type MessageStatus = RecipientStatus | 'processing' | 'partially_delivered';

/** A mailbox: `"ann@shop.example"`, `"Ann <ann@shop.example>"` or its parts. */
export type Mailbox = string | { email: string; name?: string };

/** One attached file. `content` is base64, or raw bytes that the SDK encodes. At most 25 MB over all attachments. */
export interface Attachment {
  filename: string;
  content: string | Uint8Array;
  content_type?: string;
  /** Makes the attachment an inline part that HTML can show as `cid:<content_id>`. */
  content_id?: string;
}

/** The body of `POST /v1/emails`. At most 50 recipients over `to`, `cc` and `bcc`; one of `html` and `text`, or a template. */
export interface SendEmail {
  from: Mailbox;
  to: Mailbox | readonly Mailbox[];
  cc?: Mailbox | readonly Mailbox[];
  bcc?: Mailbox | readonly Mailbox[];
  reply_to?: Mailbox | readonly Mailbox[];
  subject?: string;
  html?: string;
  text?: string;
  template?: { id: string; version?: number; variables?: Record<string, unknown> };
  attachments?: readonly Attachment[];
  headers?: Record<string, string>;
  /** The transactional purpose, such as `auth.password_reset`. Required unless the account has a default. */
  category?: string;
  /** At most 10. */
  tags?: readonly string[];
  /** At most 50 keys. */
  metadata?: Record<string, string>;
  /** RFC 3339, at most 30 days ahead. */
  scheduled_at?: string;
  /** 60 to 172,800 seconds; after them no further try is made. */
  expires_in_s?: number;
  tracking?: { opens?: boolean; clicks?: boolean };
  /** One-time secrets: no tracking, content never readable, purged at delivery. */
  sensitive?: boolean;
  ordering_key?: string;
  require_tls?: boolean;
}

/** One recipient in the answer to a send. */
export interface AcceptedRecipient {
  id: string;
  address: string;
  status: RecipientStatus;
  reason?: string | null;
}

/** The answer to a send: the message is durably stored. */
export interface AcceptedEmail {
  id: string;
  status: MessageStatus;
  created_at: string;
  message_id_header: string;
  recipients: AcceptedRecipient[];
}

/** One item of a batch answer: exactly one of `id` and `error` is present. */
export interface BatchItem {
  index: number;
  id?: string;
  recipients?: AcceptedRecipient[];
  error?: { code: string; title: string; detail: string; errors?: { pointer: string; code: string; message: string }[] };
}

/** One recipient of a stored message. */
export interface EmailRecipient extends AcceptedRecipient {
  attempts: number;
  next_attempt_at: string | null;
  last_smtp: SmtpReply | null;
  final_at: string | null;
  /** A bounce report came after the delivery; the status stays `delivered`. */
  late_bounce: boolean;
}

/** A stored message. `subject` is null after its content was purged. */
export interface Email {
  id: string;
  message_id_header: string;
  status: MessageStatus;
  from: string;
  to: string[];
  cc: string[];
  bcc: string[];
  reply_to: string[];
  subject: string | null;
  category: string;
  tags: string[];
  metadata: Record<string, string>;
  template: { id: string; version: number } | null;
  created_at: string;
  scheduled_at: string | null;
  expires_at: string | null;
  test: boolean;
  source: 'rest' | 'smtp';
  recipients: EmailRecipient[];
}

/** Filters of the message list; all given ones must hold. Times are RFC 3339. */
export interface EmailFilters {
  recipient?: string;
  status?: MessageStatus | readonly MessageStatus[];
  tag?: string;
  category?: string;
  template_id?: string;
  domain?: string;
  created_after?: string;
  created_before?: string;
  metadata?: Record<string, string>;
}

/** One line of an SMTP dialogue: `c` we said, `s` the server said, `at_ms` since the attempt began. */
export interface TranscriptLine {
  at_ms: number;
  dir: 'c' | 's';
  line: string;
}

/** One try to hand one recipient's copy to the next hop. */
export interface Attempt {
  id: string;
  recipient_id: string;
  n: number;
  started_at: string;
  ended_at: string | null;
  mx: string | null;
  ip: string | null;
  tls: { version: string; cipher: string; verified: boolean } | null;
  outcome: 'accepted' | 'deferred' | 'rejected' | 'unknown';
  smtp: { code: number | null; enhanced: string | null; text: string } | null;
  transcript: TranscriptLine[];
}

/** The content of a message before its purge. */
export interface EmailContent {
  from: string;
  to: string[];
  cc: string[];
  subject: string;
  html: string | null;
  text: string | null;
  headers: Record<string, string>;
  attachments: { filename: string; size: number; content_type: string; content_id: string | null }[];
}

/** What `POST /v1/emails/check` says: the rules a send would meet, without sending. */
export interface EmailCheck {
  allowed: boolean;
  rules: { id: string; result: 'pass' | 'fail' | 'skip'; reason: string; fix?: string }[];
}
