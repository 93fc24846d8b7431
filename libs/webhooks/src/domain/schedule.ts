// Standard Webhooks' example schedule: at once, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
const DELAYS_S = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** Posts of one event to one endpoint at most: 10 over 75 h 35 min. */
export const MAX_TRIES = DELAYS_S.length + 1;

/** Longest pause that an endpoint gets by Retry-After, in seconds: an hour, so that a mistyped header does not stop it for days. */
export const MAX_THROTTLE_S = 3600;

/** Pause of an endpoint that throttles without saying how long, in seconds. */
export const DEFAULT_THROTTLE_S = 60;

/**
 * When a delivery of which `tries` posts have failed is tried again: up to 10 % before the schedule's time, never after it, so that a burst
 * of failures does not come back as one. Not before `throttleS` from now. Undefined: no more.
 */
export function nextTry(tries: number, now: Date, fraction: number, throttleS = 0): Date | undefined {
  const delay = DELAYS_S[tries - 1];
  if (delay === undefined) return undefined;
  return new Date(now.getTime() + Math.max(delay * (1 - fraction / 10), throttleS) * 1000);
}
