import type { Mode, Page } from '@nexoramail/kernel';
import type { Suppression, SuppressionReason } from '../../domain/suppression.js';

/** The suppression list. What comes and goes leaves with its record in the same commit. */
export interface SuppressionStore {
  /**
   * Adds entries that events caused, all in one commit and round trip. An event that was handled before does nothing, also when its entry has
   * been lifted. Returns per entry the one that now holds; undefined where there is none.
   */
  addFromEvents(entries: readonly Suppression[], at: Date): Promise<readonly (Suppression | undefined)[]>;
  /** Adds an entry by hand: replaces one by hand or an expired one, leaves a stronger one. Returns what now holds. */
  addManual(entry: Suppression): Promise<Suppression>;
  /** Entries of a mailbox that hold at `now`, the strongest first. */
  find(accountId: string, mode: Mode, token: Uint8Array, now: Date): Promise<readonly Suppression[]>;
  /** Removes all entries of a mailbox unless one is locked. */
  lift(accountId: string, mode: Mode, token: Uint8Array, now: Date): Promise<'lifted' | 'locked' | 'none'>;
  /** Newest first. */
  list(accountId: string, mode: Mode, reason: SuppressionReason | undefined, afterId: string | undefined, limit: number, now: Date): Promise<Page<Suppression>>;
  /** Forgets handled events older than `before`, at most 5,000; returns how many. */
  forgetSources(before: Date): Promise<number>;
}
