/** Every key, list and sequence is scoped by (account, mode). */
export type Mode = 'live' | 'test';

/** An account's standing (`architecture.md` §1): what it may do. Owner: compliance. */
export type Standing = 'pending_review' | 'sandbox' | 'active' | 'warned' | 'throttled' | 'restricted' | 'suspended' | 'terminated';

/** All standings, mildest consequence last. */
export const STANDINGS: readonly Standing[] = ['pending_review', 'sandbox', 'active', 'warned', 'throttled', 'restricted', 'suspended', 'terminated'];

/** States of a recipient (`interfaces.md` §3). */
export type RecipientStatus =
  | 'accepted' | 'scheduled' | 'held' | 'queued' | 'sending' | 'delayed'
  | 'delivered' | 'bounced' | 'failed' | 'suppressed' | 'expired' | 'canceled' | 'rejected';

/** States that a recipient never leaves. */
export const TERMINAL_STATUSES: ReadonlySet<RecipientStatus> = new Set(['delivered', 'bounced', 'failed', 'suppressed', 'expired', 'canceled', 'rejected']);

/**
 * A message's status from its recipients' (`interfaces.md` §3): one recipient's own; of several `processing` while any is not final,
 * then the common one, else `partially_delivered` if any was delivered, else `failed`.
 */
export function messageStatus(recipients: readonly RecipientStatus[]): RecipientStatus | 'processing' | 'partially_delivered' {
  const [first, ...others] = recipients;
  if (first === undefined) throw new Error('A message has at least one recipient');
  if (others.length === 0) return first;
  if (recipients.some((status) => !TERMINAL_STATUSES.has(status))) return 'processing';
  if (others.every((status) => status === first)) return first;
  return recipients.includes('delivered') ? 'partially_delivered' : 'failed';
}
