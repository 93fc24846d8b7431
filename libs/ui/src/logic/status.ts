/** The five meanings a colour can have. */
export type Tone = 'success' | 'danger' | 'warning' | 'info' | 'neutral';

/** How a state is shown. `active` marks one that is still moving. */
export interface StatusLook {
  readonly label: string;
  readonly tone: Tone;
  readonly active: boolean;
}

const look = (label: string, tone: Tone, active = false): StatusLook => ({ label, tone, active });

const LOOKS: Readonly<Record<string, StatusLook>> = {
  accepted: look('Accepted', 'info', true),
  scheduled: look('Scheduled', 'info'),
  held: look('Held', 'warning'),
  queued: look('Queued', 'info', true),
  sending: look('Sending', 'info', true),
  delayed: look('Delayed', 'warning', true),
  delivered: look('Delivered', 'success'),
  bounced: look('Bounced', 'danger'),
  failed: look('Failed', 'danger'),
  rejected: look('Rejected', 'danger'),
  suppressed: look('Suppressed', 'neutral'),
  expired: look('Expired', 'danger'),
  canceled: look('Canceled', 'neutral'),
  processing: look('Processing', 'info', true),
  partially_delivered: look('Partly delivered', 'warning'),
  active: look('Active', 'success'),
  paused: look('Paused', 'warning'),
  disabled: look('Disabled', 'neutral'),
  revoked: look('Revoked', 'neutral'),
  verified: look('Verified', 'success'),
  pending: look('Pending', 'info'),
  degraded: look('Degraded', 'warning'),
  ok: look('Found', 'success'),
  mismatch: look('Different', 'danger'),
  missing: look('Missing', 'danger'),
  error: look('Look-up failed', 'warning'),
  deferred: look('Deferred', 'warning'),
  unknown: look('Unknown', 'warning'),
};

/** How to show a state of a recipient, message, endpoint, domain, record, key or attempt. A state we do not know keeps its name, in a neutral tone. */
export function statusLook(status: string): StatusLook {
  return Object.hasOwn(LOOKS, status) ? (LOOKS[status] ?? look(status, 'neutral')) : look(humanize(status), 'neutral');
}

/** `hard_bounce` as people read it: `Hard bounce`. */
export function humanize(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words === '' ? '–' : words.charAt(0).toUpperCase() + words.slice(1);
}
