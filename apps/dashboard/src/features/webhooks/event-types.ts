import type { EventType } from '@nexoramail/sdk';

/** The events an endpoint can ask for, in the order of a message's life. */
export const EVENT_GROUPS: readonly { readonly label: string; readonly types: readonly EventType[] }[] = [
  { label: 'Delivery', types: ['email.accepted', 'email.scheduled', 'email.held', 'email.queued', 'email.sent', 'email.delayed', 'email.delivered', 'email.bounced', 'email.rejected', 'email.suppressed', 'email.failed', 'email.expired', 'email.canceled'] },
  { label: 'Recipients', types: ['email.complained', 'email.opened', 'email.clicked', 'email.unsubscribed'] },
  { label: 'Account', types: ['domain.verified', 'domain.degraded', 'suppression.added', 'suppression.removed', 'template.published', 'account.standing_changed', 'account.alert', 'quota.threshold_reached'] },
];

/** What a list of subscriptions means, in a few words. */
export function describeEvents(events: readonly string[]): string {
  if (events.includes('*')) return 'All events';
  return events.length <= 2 ? events.join(', ') : `${events[0]} and ${events.length - 1} more`;
}
