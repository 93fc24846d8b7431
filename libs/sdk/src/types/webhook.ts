import type { EventType } from './event.js';

/** A webhook endpoint. It pauses itself after lasting failures and is disabled by a 410. */
export interface Webhook {
  id: string;
  url: string;
  events: (EventType | '*')[];
  description: string | null;
  status: 'active' | 'paused' | 'disabled';
  /** Why it is not active. */
  status_reason: string | null;
  created_at: string;
}

/** A webhook endpoint just created or rotated: the only time its secret is shown. */
export interface WebhookWithSecret extends Webhook {
  /** `whsec_` and padded base64 of 32 bytes. */
  secret: string;
}

/** The body of `POST /v1/webhooks`. */
export interface CreateWebhook {
  url: string;
  events: readonly (EventType | '*')[];
  description?: string;
}

/** The body of `PATCH /v1/webhooks/{id}`: what is absent stays. */
export interface UpdateWebhook {
  url?: string;
  events?: readonly (EventType | '*')[];
  description?: string;
}

/** One POST of one event to one endpoint. `status` is the HTTP status, null where no answer came. */
export interface WebhookAttempt {
  id: string;
  event_id: string;
  event_type: string;
  n: number;
  at: string;
  status: number | null;
  duration_ms: number | null;
  error?: string | null;
  response_head: string | null;
  next_attempt_at: string | null;
}

/** What to post again: one event, or all of a period. */
export type ReplayWebhook = { event_id: string } | { from: string; to: string; types?: readonly EventType[] };

/** The body of a webhook POST, with the event's id taken from its `webhook-id` header. */
export interface WebhookEvent {
  id: string;
  type: EventType;
  timestamp: string;
  data: Record<string, unknown>;
}
