import type { ThrottleKey } from '../../domain/sign-in-throttle.js';

/** Counts of failed tries in a window of real time, shared by all replicas. */
export interface ThrottleStore {
  /** Counts a try against each key, before it is judged. Returns the milliseconds to wait when one of them is over its limit, else 0. */
  count(keys: readonly ThrottleKey[]): Promise<number>;
  /** The try was right: takes it back, and forgets the first key's failures. */
  forgive(keys: readonly ThrottleKey[]): Promise<void>;
  /** Deletes windows that are over; returns how many. */
  sweep(): Promise<number>;
}
