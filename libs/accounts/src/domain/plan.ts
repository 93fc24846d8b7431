import { AppError } from '@nexoramail/kernel';

/** A subscription as the table `plan` holds it. `domains` and `webhooks`: 0 is no limit. */
export interface Plan {
  readonly id: string;
  /** Recipients per billing period. */
  readonly messagesPerPeriod: number;
  readonly domains: number;
  readonly webhooks: number;
  readonly retentionDays: number;
  readonly templates: boolean;
}

/** Largest contract volume that may be set, in recipients per period. */
export const MAX_MESSAGES_PER_PERIOD = 1_000_000_000;

/** The refusal of a plan id that no row has. */
export function unknownPlan(): AppError {
  const message = 'There is no such plan. Known are starter, growth and enterprise.';
  return new AppError('validation_failed', message, { errors: [{ pointer: '/plan', code: 'unknown_plan', message }] });
}
