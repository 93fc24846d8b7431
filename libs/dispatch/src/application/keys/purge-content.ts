import type { Clock } from '@nexoramail/kernel';
import type { EpochVault } from '../ports/key-ports.js';

/** Rows of the purge. Every step may be repeated. */
export interface PurgeStore {
  /** Deletes content and keys of messages accepted before `acceptedBefore` whose last recipient became final before `finalBefore`; rows deleted. */
  purgeFinal(acceptedBefore: Date, finalBefore: Date, limit: number): Promise<number>;
  /** Deletes what still hangs on epochs whose time is over and is not queued (expiry takes that first); rows deleted. */
  purgeOverdue(now: Date, limit: number): Promise<number>;
  /** Marks closed epochs that no content refers to as destroyed, and names all destroyed ones whose file may still exist. */
  closeEpochs(closedBefore: Date, now: Date): Promise<string[]>;
  /** Epochs by id that are marked destroyed. */
  destroyed(ids: readonly string[]): Promise<string[]>;
  /** Idempotency answers past their time. */
  forgetAnswers(now: Date, limit: number): Promise<number>;
}

const HOUR_MS = 3_600_000;
/** Content stays readable this long after the end, two hours below the promise of 22. */
const KEEP_AFTER_FINAL_MS = 20 * HOUR_MS;
/** A message accepted in a slice's last moment is committed by then. */
const SETTLE_MS = 600_000;
const BATCH = 500;

/** Deletes content of ended messages, then the epoch keys that nothing refers to any more: at the latest 71 h after a slice began. */
export class PurgeContent {
  constructor(private readonly store: PurgeStore, private readonly vault: EpochVault, private readonly clock: Clock, private readonly forget: (epochId: string) => void) {}

  async execute(): Promise<void> {
    const now = this.clock.now();
    const before = new Date(now.getTime() - KEEP_AFTER_FINAL_MS);
    while ((await this.store.purgeFinal(before, before, BATCH)) === BATCH);
    while ((await this.store.purgeOverdue(now, BATCH)) === BATCH);
    while ((await this.store.forgetAnswers(now, BATCH)) === BATCH);
    for (const id of await this.store.closeEpochs(new Date(now.getTime() - SETTLE_MS), now)) await this.destroy(id);
    // A crash between the mark and the file: what is left over goes now.
    for (const id of await this.store.destroyed(await this.vault.list())) await this.destroy(id);
  }

  private async destroy(id: string): Promise<void> {
    this.forget(id);
    await this.vault.destroy(id);
  }
}
