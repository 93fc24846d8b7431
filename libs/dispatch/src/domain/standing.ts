import type { Standing } from '@nexoramail/kernel';

/** What a worker does with mail of an account: send it, hold it until the standing changes, or end it. */
export type DeliveryRule = 'send' | 'pause' | 'cancel';

const RULES: Readonly<Record<Standing, DeliveryRule>> = {
  pending_review: 'send', // test mail only: live mail was refused at acceptance
  sandbox: 'send',
  active: 'send',
  warned: 'send',
  throttled: 'send',
  restricted: 'pause',
  suspended: 'pause',
  terminated: 'cancel',
};

/** The rule for a standing; an unknown one is treated as the strictest that loses nothing. */
export function deliveryRule(standing: string): DeliveryRule {
  return Object.hasOwn(RULES, standing) ? RULES[standing as Standing] : 'pause';
}
