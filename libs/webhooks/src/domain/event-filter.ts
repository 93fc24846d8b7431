import { AppError, type FieldError } from '@nexoramail/kernel';

const EMAIL = ['accepted', 'scheduled', 'held', 'queued', 'sent', 'delayed', 'delivered', 'bounced', 'rejected', 'suppressed', 'failed', 'expired', 'canceled', 'complained', 'opened', 'clicked', 'unsubscribed'];

/** Types that an endpoint may ask for (`interfaces.md` §3), besides `*`. */
const EVENT_TYPES: readonly string[] = [
  ...EMAIL.map((name) => `email.${name}`),
  'domain.verified', 'domain.degraded', 'suppression.added', 'suppression.removed', 'template.published', 'account.standing_changed', 'account.alert', 'quota.threshold_reached',
];

/** Type of the event that `POST /webhooks/{id}/test` posts; it goes to the endpoint that was tested and nowhere else. */
export const TEST_EVENT_TYPE = 'webhook.test';

/** True when an endpoint with this filter gets events of this type. */
export function wants(filter: readonly string[], type: string): boolean {
  return filter.includes('*') || filter.includes(type);
}

/** The filter without repeats. `validation_failed` at `/events` when it is empty or names a type that there is not. */
export function parseFilter(events: readonly string[]): string[] {
  const errors: FieldError[] = events.flatMap((type, index) =>
    type === '*' || EVENT_TYPES.includes(type) ? [] : [{ pointer: `/events/${index}`, code: 'event_type', message: 'There is no such event type. Take one of the documented types, or "*" for all.' }]);
  if (events.length === 0) errors.push({ pointer: '/events', code: 'event_type', message: 'Name at least one event type, or "*" for all.' });
  const [first] = errors;
  if (first) throw new AppError('validation_failed', first.message, { errors });
  return [...new Set(events)];
}
