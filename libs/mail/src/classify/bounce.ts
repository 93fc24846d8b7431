/** What a failure says about the address: hard = never again, soft = later or another message, block = the sender or content, admin = a configuration, undetermined. */
export const BOUNCE_CLASSES = ['hard', 'soft', 'block', 'admin', 'undetermined'] as const;

/** One of {@link BOUNCE_CLASSES}. Only `hard` suppresses. */
export type BounceClass = (typeof BOUNCE_CLASSES)[number];

/** The stable reasons of `interfaces.md` §3. Only ever appended. */
export const BOUNCE_REASONS = [
  'unknown_user', 'mailbox_full', 'domain_not_found', 'policy', 'spam_content', 'content_rejected', 'reputation', 'rate_limited', 'message_too_large', 'auth_failed', 'relay_denied',
  'inactive', 'moved', 'syntax_error', 'recipient_policy', 'network_error', 'system_error', 'greylisted', 'virus', 'expired', 'outcome_unknown', 'unknown',
] as const;

/** One of {@link BOUNCE_REASONS}. */
export type BounceReason = (typeof BOUNCE_REASONS)[number];

/** The `classification` of an event. */
export interface Classification {
  readonly class: BounceClass;
  readonly reason: BounceReason;
}

/** Classifications of ends that no server's reply explains. */
export const OWN_CLASSIFICATIONS = {
  network_error: { class: 'soft', reason: 'network_error' },
  domain_not_found: { class: 'hard', reason: 'domain_not_found' },
  expired: { class: 'soft', reason: 'expired' },
  outcome_unknown: { class: 'undetermined', reason: 'outcome_unknown' },
} as const satisfies Record<string, Classification>;
