import type { Random } from '@nexoramail/kernel';

/** Waits in seconds before the second, third, … try; the last one repeats until the message expires. Grows (RFC 5321 §4.5.4.1). */
export const RETRY_AFTER_S: readonly number[] = [90, 300, 900, 1_800, 3_600, 7_200, 14_400];
/** A grey list opens after its own time, most after 300 s: never before that. */
const GREYLIST_S = { least: 305, spread: 295 };
/** A message whose hand-over is unknown may have arrived: once more, much later (`architecture.md` §4 rule 5). */
export const UNKNOWN_RETRY_S = 900;
const JITTER = 0.2;
const LEAST_S = 60;

/** Milliseconds until the next try after `tries` (≥1) of them, ±20 % so that a site's mail does not come back as one wave. */
export function retryDelayMs(tries: number, greylisted: boolean, random: Random): number {
  if (greylisted && tries <= 2) return Math.round((GREYLIST_S.least + GREYLIST_S.spread * random.fraction()) * 1000);
  const base = RETRY_AFTER_S[Math.min(tries, RETRY_AFTER_S.length) - 1] ?? LEAST_S;
  return Math.round(Math.max(LEAST_S, base * (1 - JITTER + 2 * JITTER * random.fraction())) * 1000);
}
