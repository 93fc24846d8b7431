export { DEFAULT_BASE_URL, NexoraMail, type NexoraMailOptions } from './client.js';
export {
  ConflictError, ConnectionError, ForbiddenError, InvalidResponseError, NexoraMailError, NotFoundError, PayloadTooLargeError, RateLimitError,
  ServerError, TimeoutError, UnauthorizedError, ValidationError, type ErrorFacts, type FieldError,
} from './errors.js';
export { FetchTransport, type FetchTransportOptions } from './http/fetch-transport.js';
export type { ApiRequest, CallOptions, SendOptions, Transport } from './http/transport.js';
export { PagedList, type Page, type PageOptions } from './pages.js';
export { ApiKeys, Domains, Suppressions } from './resources/account.js';
export { Emails } from './resources/emails.js';
export { Events, type FeedFilters, type FeedOptions, type FeedPage } from './resources/events.js';
export { Webhooks } from './resources/webhooks.js';
export { FINAL_STATUSES } from './types/final-statuses.js';
export type { AddSuppression, ApiKey, ApiKeyWithSecret, CreateApiKey, Domain, DomainRecord, Me, Mode, Suppression } from './types/account.js';
export type {
  AcceptedEmail, AcceptedRecipient, Attachment, Attempt, BatchItem, Email, EmailCheck, EmailContent, EmailFilters, EmailRecipient, Mailbox,
  MessageStatus, RecipientStatus, SendEmail, TranscriptLine,
} from './types/email.js';
export { isEmailEvent, type AccountEvent, type AccountEventType, type EmailEvent, type EmailEventData, type EmailEventType, type EventClassification, type EventType, type NexoraEvent, type SmtpReply } from './types/event.js';
export type { CreateWebhook, ReplayWebhook, UpdateWebhook, Webhook, WebhookAttempt, WebhookEvent, WebhookWithSecret } from './types/webhook.js';
export { TOLERANCE_S, verifyWebhook, WebhookVerificationError, type VerifyOptions, type WebhookHeaders } from './webhooks/verify.js';
