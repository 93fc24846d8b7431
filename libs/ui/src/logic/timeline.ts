import type { IconName } from '../components/icon.js';
import type { Tone } from './status.js';

/** How an event of a recipient is shown in a timeline. */
export interface EventLook {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: Tone;
}

const look = (title: string, icon: IconName, tone: Tone): EventLook => ({ title, icon, tone });

const LOOKS: Readonly<Record<string, EventLook>> = {
  'email.accepted': look('Accepted', 'inbox', 'info'),
  'email.scheduled': look('Scheduled', 'clock', 'info'),
  'email.held': look('Held for review', 'pause', 'warning'),
  'email.queued': look('Queued for delivery', 'clock', 'info'),
  'email.sent': look('Handed to a connection', 'send', 'info'),
  'email.delayed': look('Delayed, will be tried again', 'clock', 'warning'),
  'email.delivered': look('Delivered', 'check', 'success'),
  'email.bounced': look('Bounced', 'x', 'danger'),
  'email.rejected': look('Rejected by review', 'ban', 'danger'),
  'email.suppressed': look('Suppressed, not sent', 'ban', 'neutral'),
  'email.failed': look('Failed', 'x', 'danger'),
  'email.expired': look('Expired before it could be delivered', 'clock', 'danger'),
  'email.canceled': look('Canceled', 'ban', 'neutral'),
  'email.complained': look('Marked as spam by the recipient', 'flag', 'danger'),
  'email.opened': look('Opened', 'eye', 'success'),
  'email.clicked': look('Link clicked', 'link', 'success'),
  'email.unsubscribed': look('Unsubscribed', 'ban', 'warning'),
};

/** How to show an event type; one we do not know keeps its name. */
export function eventLook(type: string): EventLook {
  return Object.hasOwn(LOOKS, type) ? (LOOKS[type] ?? look(type, 'info', 'neutral')) : look(type, 'info', 'neutral');
}
