import type { ScreenFacts, ScreenItem, ScreenRefusal } from '../../domain/screen-rules.js';

/** A refusal with what it was about. */
export interface RuleHit {
  readonly item: ScreenItem;
  readonly refusal: ScreenRefusal;
}

/** What screening reads and leaves behind. */
export interface ScreeningStore {
  /** Facts for each item, in order, in one round trip for the whole batch. */
  read(items: readonly ScreenItem[], now: Date): Promise<readonly ScreenFacts[]>;
  /** One row per refusal, in one statement; a repeat leaves no second one. */
  record(hits: readonly RuleHit[], at: Date): Promise<void>;
}
