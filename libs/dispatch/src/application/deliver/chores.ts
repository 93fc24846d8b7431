import type { Clock, IdSource } from '@nexoramail/kernel';
import type { ClockJump } from '../../domain/clock-jump.js';
import { deliveryRule } from '../../domain/standing.js';
import type { DeliveryJournal, Finish, LeasedRecipient, OtherEnd, QueueStore, StandingReader } from '../ports/deliver-ports.js';
import { finishWithout, release } from './finishes.js';

const BATCH = 500;
const PAUSE_BATCH = 1_000;
const RIPEN_BATCH = 1_000;

/** What happens to queue rows besides attempts, each second: expiry, release of scheduled mail, next tries that have come, pauses by standing. Every step may be repeated. */
export class QueueChores {
  constructor(
    private readonly store: QueueStore,
    private readonly standings: StandingReader,
    private readonly jump: ClockJump,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly journal: DeliveryJournal,
  ) {}

  /** One round; true when rows were made due. */
  async run(): Promise<boolean> {
    await this.standing();
    const expired = await this.drain('expire', [], (row, at) => finishWithout(row, { status: 'expired', reason: 'expired' }, at, this.ids.uuid()));
    const released = await this.drain('release', [], (row, at) => release(row, at, this.ids.uuid()));
    let ripe = 0;
    for (let moved = RIPEN_BATCH; moved === RIPEN_BATCH; ripe += moved) moved = await this.store.ripen(RIPEN_BATCH);
    return expired + released + ripe > 0;
  }

  /** Due rows of held accounts leave the due index, those of freed accounts come back, those of terminated ones end. */
  private async standing(): Promise<void> {
    const exceptions = await this.standings.exceptions();
    const accountsOf = (rule: string): string[] => exceptions.filter(({ standing }) => deliveryRule(standing) === rule).map(({ accountId }) => accountId);
    const paused = accountsOf('pause');
    const terminated = accountsOf('cancel');
    if (paused.length > 0) while ((await this.store.pause(paused, PAUSE_BATCH)) === PAUSE_BATCH);
    if (terminated.length > 0) await this.drain('cancel', terminated, (row, at) => finishWithout(row, { status: 'canceled', reason: 'account_terminated' }, at, this.ids.uuid()));
    const held = new Set([...paused, ...terminated]);
    const freed = (await this.store.pausedAccounts()).filter((accountId) => !held.has(accountId));
    if (freed.length > 0) while ((await this.store.resume(freed, PAUSE_BATCH)) === PAUSE_BATCH);
  }

  private async drain(kind: OtherEnd, accountIds: readonly string[], end: (row: LeasedRecipient, at: Date) => Finish): Promise<number> {
    let count = 0;
    for (;;) {
      const rows = await this.store.leaseOther(kind, BATCH, this.jump.since(), accountIds);
      const at = this.clock.now();
      const written = await Promise.all(rows.map((row) => this.store.finish(end(row, at))));
      written.forEach((mine, i) => {
        const row = rows[i];
        if (!mine && row) this.journal.tokenLost(row);
      });
      count += rows.length;
      if (rows.length < BATCH) return count;
    }
  }
}
