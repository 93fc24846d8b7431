import type { WebhookAttempt } from '@nexoramail/sdk';
import { parseTime } from '@nexoramail/ui';

/** Points of the plot: moments in seconds, ascending, and per moment the milliseconds of an accepted or of a failed post. */
export interface ResponseSeries {
  readonly times: readonly number[];
  readonly answered: readonly (number | null)[];
  readonly failed: readonly (number | null)[];
}

/** Posts, newest first as the API lists them, as points; those without time or duration are left out. At least 1 ms each, since the scale is logarithmic. */
export function toSeries(attempts: readonly WebhookAttempt[]): ResponseSeries {
  const points = attempts
    .flatMap(({ at, status, duration_ms: ms }) => {
      const time = parseTime(at);
      return time === undefined || ms === null ? [] : [{ time: time / 1_000, ms: Math.max(1, ms), ok: status !== null && status >= 200 && status < 300 }];
    })
    .sort((left, right) => left.time - right.time);
  return { times: points.map(({ time }) => time), answered: points.map(({ ok, ms }) => (ok ? ms : null)), failed: points.map(({ ok, ms }) => (ok ? null : ms)) };
}
