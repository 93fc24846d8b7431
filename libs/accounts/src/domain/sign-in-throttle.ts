import { AppError } from '@nexoramail/kernel';

/** One thing that failed sign-ins have in common, and how many of them it may have within the window. */
export interface ThrottleKey {
  readonly text: string;
  readonly limit: number;
}

/** Length of a window of failures, in real milliseconds. */
export const THROTTLE_WINDOW_MS = 15 * 60_000;

/**
 * What a try with a password counts against. First the pair, so that a stranger's failures do not lock out someone elsewhere, and the source
 * over all addresses, against enumeration; then, only when those let it pass, the address over all sources, against spread guessing: so one
 * source alone cannot use that up. Source: security.md A14.
 */
export function signInKeys(emailKey: string, source: string): readonly (readonly ThrottleKey[])[] {
  return [
    [{ text: `pair\0${emailKey}\0${source}`, limit: 10 }, { text: `source\0${source}`, limit: 100 }],
    [{ text: `address\0${emailKey}`, limit: 100 }],
  ];
}

/** What a try with a code counts against. Codes have 20 bits: far fewer tries than passwords. */
export function factorKeys(userId: string): readonly ThrottleKey[] {
  return [{ text: `factor\0${userId}`, limit: 10 }];
}

/** Failures of a factor without a success between them after which it is locked for good: a person has to reset it (S53: ≤100). */
export const FACTOR_LOCK_FAILURES = 100;

/** The refusal after too many failures. The same for known and unknown addresses. */
export function tooManyFailures(retryAfterMs: number): AppError {
  return new AppError('rate_limited', 'Too many failed sign-ins. Wait, then try again.', { retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1000)) });
}
