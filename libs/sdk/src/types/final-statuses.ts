import type { MessageStatus } from './email.js';

/** Every status from which a recipient, or a message, never moves again. */
export const FINAL_STATUSES: ReadonlySet<MessageStatus> = new Set<MessageStatus>(['delivered', 'bounced', 'failed', 'suppressed', 'expired', 'canceled', 'rejected', 'partially_delivered']);
