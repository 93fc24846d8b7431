import { ok, refused, type Clock, type ItemResult } from '@nexoramail/kernel';
import { screen, type ScreenItem, type ScreenPass } from '../domain/screen-rules.js';
import type { RuleHit, ScreeningStore } from './ports/screening-store.js';

/** Decides for a batch of messages whether each may go: one read, pure rules, and one insert when something was refused (none when it is only asked, `dryRun`). */
export class ScreenHandler {
  constructor(private readonly store: ScreeningStore, private readonly clock: Clock) {}

  async execute(items: readonly ScreenItem[], dryRun = false): Promise<readonly ItemResult<ScreenPass>[]> {
    const now = this.clock.now();
    const facts = await this.store.read(items, now);
    const hits: RuleHit[] = [];
    const results = items.map((item, index): ItemResult<ScreenPass> => {
      const verdict = screen(item, facts[index] ?? { from: [], envelope: [], suppressed: [] }, now);
      if (verdict.kind === 'pass') return ok(verdict);
      hits.push({ item, refusal: verdict });
      return refused(verdict.error);
    });
    if (hits.length > 0 && !dryRun) await this.store.record(hits, now);
    return results;
  }
}
