/** First delay, longest delay, and the longest `Retry-After` that is waited for instead of reported; all in milliseconds. */
export const BACKOFF = { firstMs: 250, longestMs: 8_000, longestAskedMs: 60_000 } as const;

/**
 * Milliseconds before retry `n` (from 0): the upper half of a window that doubles, chosen at random, so that delays grow and clients
 * spread out; never less than the server asked. Undefined when the server asked for more than we wait: the caller should decide.
 */
export function delayBefore(n: number, random: () => number, retryAfterS?: number): number | undefined {
  const window = Math.min(BACKOFF.longestMs, BACKOFF.firstMs * 2 ** n);
  const own = window / 2 + random() * (window / 2);
  if (retryAfterS === undefined) return own;
  const asked = retryAfterS * 1_000;
  return asked > BACKOFF.longestAskedMs ? undefined : asked + own;
}
