import type { BounceClass, BounceReason } from './bounce.js';

/** What a code means with 5 in front and, when that differs by more than "hard becomes soft", with 4 in front. */
export interface CodeRule {
  readonly permanent: readonly [BounceClass, BounceReason];
  readonly transient?: readonly [BounceClass, BounceReason];
  /** Says so little that even a loosely matching text knows better. */
  readonly vague?: true;
}

const rule = (permanent: CodeRule['permanent'], transient?: CodeRule['transient']): CodeRule => ({ permanent, ...(transient !== undefined && { transient }) });
const vague = (permanent: CodeRule['permanent'], transient?: CodeRule['transient']): CodeRule => ({ ...rule(permanent, transient), vague: true });
const busy = ['soft', 'system_error'] as const;

/** Every code of the IANA registry "SMTP Enhanced Status Codes" (RFC 3463, 5248 and later), by `subject.detail`, each exactly once (S37). */
export const ENHANCED_CODES: Readonly<Record<string, CodeRule>> = {
  '0.0': vague(['undetermined', 'unknown'], ['soft', 'unknown']),
  '1.0': vague(['undetermined', 'unknown'], ['soft', 'unknown']),
  '1.1': rule(['hard', 'unknown_user']),
  '1.2': rule(['hard', 'domain_not_found']),
  '1.3': rule(['hard', 'syntax_error']),
  '1.4': rule(['undetermined', 'unknown_user'], ['soft', 'unknown_user']),
  '1.5': vague(['undetermined', 'unknown'], ['soft', 'unknown']),
  '1.6': rule(['hard', 'moved']),
  '1.7': rule(['admin', 'syntax_error']),
  '1.8': rule(['block', 'auth_failed']),
  '1.9': rule(['undetermined', 'system_error'], busy),
  '1.10': rule(['hard', 'domain_not_found']),
  '2.0': vague(['undetermined', 'unknown'], ['soft', 'unknown']),
  '2.1': rule(['hard', 'inactive']),
  '2.2': rule(['soft', 'mailbox_full']),
  '2.3': rule(['soft', 'message_too_large']),
  '2.4': rule(['undetermined', 'system_error'], busy),
  '3.0': vague(['undetermined', 'system_error'], busy),
  '3.1': rule(['soft', 'system_error']),
  '3.2': rule(['soft', 'system_error']),
  '3.3': rule(['admin', 'system_error'], busy),
  '3.4': rule(['soft', 'message_too_large']),
  '3.5': rule(['admin', 'system_error'], busy),
  '3.6': vague(['undetermined', 'unknown'], ['soft', 'unknown']),
  '4.0': vague(['soft', 'network_error']),
  '4.1': vague(['soft', 'network_error']),
  '4.2': rule(['soft', 'network_error']),
  '4.3': rule(['soft', 'system_error']),
  '4.4': vague(['soft', 'network_error']),
  '4.5': rule(['soft', 'rate_limited']),
  '4.6': rule(['admin', 'system_error']),
  '4.7': rule(['soft', 'expired']),
  '5.0': vague(['admin', 'syntax_error'], busy),
  '5.1': rule(['admin', 'syntax_error']),
  '5.2': rule(['admin', 'syntax_error']),
  '5.3': rule(['soft', 'rate_limited']),
  '5.4': rule(['admin', 'syntax_error']),
  '5.5': rule(['admin', 'syntax_error']),
  '5.6': rule(['admin', 'syntax_error']),
  '6.0': vague(['block', 'content_rejected']),
  '6.1': rule(['block', 'content_rejected']),
  '6.2': rule(['block', 'content_rejected']),
  '6.3': rule(['block', 'content_rejected']),
  '6.4': rule(['block', 'content_rejected']),
  '6.5': rule(['block', 'content_rejected']),
  '6.6': rule(['block', 'content_rejected']),
  '6.7': rule(['admin', 'syntax_error']),
  '6.8': rule(['admin', 'syntax_error']),
  '6.9': rule(['admin', 'syntax_error']),
  '6.10': rule(['admin', 'syntax_error']),
  '6.11': rule(['block', 'content_rejected']),
  '7.0': vague(['block', 'policy'], ['soft', 'policy']),
  '7.1': vague(['block', 'policy'], ['soft', 'policy']),
  '7.2': rule(['block', 'recipient_policy']),
  '7.3': rule(['admin', 'system_error']),
  '7.4': rule(['admin', 'system_error']),
  '7.5': rule(['admin', 'system_error']),
  '7.6': rule(['admin', 'system_error']),
  '7.7': rule(['block', 'auth_failed']),
  '7.8': rule(['admin', 'auth_failed']),
  '7.9': rule(['admin', 'auth_failed']),
  '7.10': rule(['admin', 'auth_failed']),
  '7.11': rule(['admin', 'auth_failed']),
  '7.12': rule(['admin', 'auth_failed']),
  '7.13': rule(['admin', 'auth_failed']),
  '7.14': rule(['block', 'recipient_policy']),
  '7.15': rule(['soft', 'policy']),
  '7.16': rule(['soft', 'message_too_large']),
  '7.17': rule(['undetermined', 'moved']),
  '7.18': rule(['undetermined', 'moved']),
  '7.19': rule(['soft', 'system_error']),
  '7.20': rule(['block', 'auth_failed']),
  '7.21': rule(['block', 'auth_failed']),
  '7.22': rule(['block', 'auth_failed']),
  '7.23': rule(['block', 'auth_failed']),
  '7.24': rule(['block', 'auth_failed']),
  '7.25': rule(['block', 'reputation']),
  '7.26': rule(['block', 'auth_failed']),
  '7.27': rule(['admin', 'auth_failed']),
  '7.28': rule(['block', 'rate_limited'], ['soft', 'rate_limited']),
  '7.29': rule(['block', 'auth_failed']),
  '7.30': rule(['admin', 'system_error']),
};

/** Codes that big providers use beside the registry, from their public lists. */
export const PROVIDER_CODES: Readonly<Record<string, CodeRule>> = {
  '1.90': rule(['soft', 'rate_limited']), // Microsoft: sender's recipient limit
  '2.121': rule(['soft', 'rate_limited']), // Microsoft: recipient's limit from this sender
  '2.122': rule(['soft', 'rate_limited']), // Microsoft: recipient's hourly limit
  '3.190': rule(['soft', 'system_error']),
  '4.14': rule(['admin', 'system_error']), // Microsoft: hop count
  '4.300': rule(['soft', 'expired']),
  '4.310': rule(['hard', 'domain_not_found']), // Microsoft: domain does not exist
  '4.312': rule(['soft', 'network_error']),
  '4.316': rule(['soft', 'expired']),
  '7.40': rule(['block', 'auth_failed']), // Gmail: DMARC
  '7.64': rule(['admin', 'relay_denied']), // Microsoft: tenant attribution
  '7.124': rule(['block', 'recipient_policy']),
  '7.133': rule(['block', 'recipient_policy']),
  '7.134': rule(['block', 'recipient_policy']),
  '7.136': rule(['block', 'recipient_policy']),
  '7.193': rule(['block', 'recipient_policy']),
  '7.501': rule(['block', 'reputation']),
  '7.502': rule(['block', 'reputation']),
  '7.503': rule(['block', 'reputation']),
  '7.505': rule(['block', 'reputation']),
  '7.508': rule(['block', 'rate_limited'], ['soft', 'rate_limited']),
  '7.509': rule(['block', 'auth_failed']),
  '7.511': rule(['block', 'reputation']),
  '7.512': rule(['block', 'content_rejected']),
  '7.515': rule(['block', 'auth_failed']),
  '7.520': rule(['block', 'policy']),
  '7.606': rule(['block', 'reputation']),
  '7.649': rule(['block', 'reputation']),
  '7.700': rule(['block', 'rate_limited']),
  '7.705': rule(['block', 'rate_limited']),
  '7.708': rule(['block', 'reputation']),
  '7.750': rule(['block', 'reputation']),
};

/** What a reply code alone means, by number; texts and enhanced codes come first. All are vague. */
export const BASIC_CODES: Readonly<Record<number, readonly [BounceClass, BounceReason]>> = {
  421: ['soft', 'system_error'], 431: ['soft', 'system_error'], 432: ['soft', 'system_error'], 441: ['soft', 'network_error'], 442: ['soft', 'network_error'], 447: ['soft', 'expired'],
  450: ['soft', 'unknown'], 451: ['soft', 'system_error'], 452: ['soft', 'system_error'], 454: ['soft', 'system_error'], 455: ['soft', 'syntax_error'], 471: ['soft', 'policy'],
  500: ['admin', 'syntax_error'], 501: ['admin', 'syntax_error'], 502: ['admin', 'syntax_error'], 503: ['admin', 'syntax_error'], 504: ['admin', 'syntax_error'], 510: ['hard', 'unknown_user'],
  511: ['hard', 'unknown_user'], 512: ['hard', 'domain_not_found'], 513: ['undetermined', 'unknown_user'], 521: ['block', 'recipient_policy'], 523: ['soft', 'message_too_large'], 530: ['admin', 'auth_failed'], 534: ['admin', 'auth_failed'],
  535: ['admin', 'auth_failed'], 538: ['admin', 'auth_failed'], 541: ['block', 'spam_content'], 550: ['undetermined', 'unknown'], 551: ['undetermined', 'moved'], 552: ['soft', 'mailbox_full'], 553: ['undetermined', 'syntax_error'],
  554: ['block', 'policy'], 555: ['admin', 'syntax_error'], 556: ['hard', 'domain_not_found'],
};
