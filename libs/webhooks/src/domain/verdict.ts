import { DEFAULT_THROTTLE_S, MAX_THROTTLE_S } from './schedule.js';

/** What came of one post. */
export interface PostResult {
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly durationMs: number;
  /** What went wrong below HTTP (`timeout`, `connection_refused`, …); empty when there was an answer. */
  readonly error: string;
  /** First bytes of the answer's body, at most 1,024. */
  readonly head: Uint8Array;
  /** Header Retry-After, as it came. */
  readonly retryAfter: string | undefined;
}

/** `error` of a post that we cut off because we stop: it counts as not made. */
export const ABORTED = 'aborted';

/** What it means: only 2xx succeeds; 410 says that the endpoint is gone; 429, 502 and 504 ask for a pause. */
export type Verdict = { readonly kind: 'succeeded' | 'failed' | 'gone' } | { readonly kind: 'throttled'; readonly pauseS: number };

const THROTTLES = new Set([429, 502, 504]);

/** `wallMs`: real time, against which a Retry-After date is read. */
export function judge({ status, retryAfter }: Pick<PostResult, 'status' | 'retryAfter'>, wallMs: number): Verdict {
  if (status >= 200 && status <= 299) return { kind: 'succeeded' };
  if (status === 410) return { kind: 'gone' };
  return THROTTLES.has(status) ? { kind: 'throttled', pauseS: pauseOf(retryAfter, wallMs) } : { kind: 'failed' };
}

/** Retry-After (RFC 9110 §10.2.3): seconds or a date; at most an hour. */
function pauseOf(retryAfter: string | undefined, wallMs: number): number {
  const text = retryAfter?.trim() ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : /^[A-Za-z]{3,}/.test(text) ? (Date.parse(text) - wallMs) / 1000 : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), MAX_THROTTLE_S) : DEFAULT_THROTTLE_S;
}

/** The start of an answer as one can store and show it: UTF-8, at most 1,024 characters, controls (but tab and line feed) and what is not UTF-8 made visible. */
export function headText(head: Uint8Array): string {
  const text = new TextDecoder('utf-8').decode(head.subarray(0, 1024));
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).slice(0, 1024);
}
