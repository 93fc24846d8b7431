import { isAppError, type Clock, type Monotonic } from '@nexoramail/kernel';
import type { Scheduler } from '@nexoramail/mail';
import type { ClockJump } from '../../domain/clock-jump.js';
import type { DeliveryJournal, DeliverySwitch, Finish, LeasedRecipient, QueueStore } from '../ports/deliver-ports.js';
import type { AttemptDelivery } from './attempt-delivery.js';
import { withoutDialogue } from './finishes.js';
import type { SiteBoard } from './site-board.js';

/** What the loop needs. */
export interface LoopParts {
  readonly store: QueueStore;
  readonly attempts: AttemptDelivery;
  readonly sites: SiteBoard;
  readonly jump: ClockJump;
  readonly clock: Clock;
  readonly monotonic: Monotonic;
  readonly scheduler: Scheduler;
  readonly journal: DeliveryJournal;
  readonly switches: DeliverySwitch;
  /** Gives up what waits for a connection and lets what is on its way end; see `Transport`. */
  readonly closeTransport: (graceMs: number) => Promise<void>;
}

/** Rows in hand at most, those at slow sites not counted: they hold their own slots, nobody else's. */
const MAX_IN_HAND = 400;
const MAX_SLOW = 1_600;
const SLOW_AFTER_MS = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;
const LEASE_ROWS = 100;
const POLL_MS = 250;
/** Between two leases under load: they come in groups. */
const GAP_MS = 5;
const RENEW_MS = 20_000;
const FINISH_RETRY_MS = 500;
const STOP_GRACE_MS = 7_000;

interface InHand {
  readonly row: LeasedRecipient;
  readonly since: number;
}

/** Leases due rows, tries each, commits what became of it. One slow site never delays another; a stop finishes or returns everything. */
export class DeliverLoop {
  private readonly inHand = new Map<string, InHand>();
  private readonly stop = new AbortController();
  private bytes = 0;
  private unwritten = 0;
  private leasing: Promise<void> | undefined;
  private again = false;
  private lastLease = Number.NEGATIVE_INFINITY;
  private cancelPoll: () => void = () => undefined;
  private cancelRenew: () => void = () => undefined;
  private emptied: (() => void)[] = [];
  private running = false;

  constructor(private readonly parts: LoopParts) {}

  start(): void {
    this.running = true;
    this.planRenewal();
    this.nudge();
  }

  /** There may be work: called at wake-ups, at each end of an attempt and each 250 ms. */
  nudge(): void {
    if (!this.running) return;
    if (this.leasing) {
      this.again = true;
      return;
    }
    this.cancelPoll();
    const wait = this.lastLease + GAP_MS - this.parts.monotonic.now();
    if (wait > 0) this.cancelPoll = this.parts.scheduler.after(wait, () => this.lease());
    else this.lease();
  }

  /** Rows in hand. */
  get size(): number {
    return this.inHand.size;
  }

  /** Nothing due is left untried. */
  async idle(): Promise<boolean> {
    if (this.inHand.size > 0 || this.unwritten > 0) return false;
    const since = this.parts.jump.since();
    return (await this.parts.switches.stopped()) || this.parts.store.idle(since);
  }

  /** Leases nothing more; what is on its way ends or is returned within 10 s. */
  async close(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    this.cancelPoll();
    await this.leasing;
    const closing = this.parts.closeTransport(STOP_GRACE_MS);
    this.stop.abort();
    await closing;
    if (this.inHand.size > 0) await new Promise<void>((resolve) => this.emptied.push(resolve));
    this.cancelRenew();
  }

  private lease(): void {
    this.again = false;
    this.leasing = this.round().catch((error: unknown) => this.parts.journal.roundFailed('lease', error)).then(() => {
      this.leasing = undefined;
      if (!this.running) return;
      if (this.again) this.nudge();
      else this.cancelPoll = this.parts.scheduler.after(Math.min(POLL_MS, this.parts.sites.nextOpeningMs() ?? POLL_MS), () => this.nudge());
    });
  }

  private async round(): Promise<void> {
    const { store, sites, jump, monotonic, switches } = this.parts;
    // First what is done is written down: a row whose end could not be committed must not be leased again by ourselves.
    const limit = Math.min(LEASE_ROWS, this.room());
    if (limit <= 0 || this.unwritten > 0 || (await switches.stopped())) return;
    this.lastLease = monotonic.now();
    const rows = await store.lease({ limit, free: sites.free(), defaultFree: sites.defaultFree, since: jump.since() });
    for (const row of rows) this.begin(row);
    if (rows.length > 0) this.again = true;
  }

  private room(): number {
    if (this.bytes >= MAX_BYTES) return 0;
    const now = this.parts.monotonic.now();
    let slow = 0;
    for (const { since } of this.inHand.values()) {
      if (now - since < SLOW_AFTER_MS) break; // in the order of their leases
      slow++;
    }
    return slow >= MAX_SLOW ? 0 : MAX_IN_HAND - (this.inHand.size - slow);
  }

  private begin(row: LeasedRecipient): void {
    const id = `${row.messageId} ${row.n} ${row.token}`;
    this.inHand.set(id, { row, since: this.parts.monotonic.now() });
    this.bytes += row.contentBytes;
    this.parts.sites.take(row.site);
    void this.handle(row).finally(() => {
      this.inHand.delete(id);
      this.bytes -= row.contentBytes;
      this.parts.sites.giveBack(row.site);
      if (this.inHand.size === 0) for (const resolve of this.emptied.splice(0)) resolve();
      this.nudge();
    });
  }

  private async handle(row: LeasedRecipient): Promise<void> {
    const finish = await this.parts.attempts.execute(row, this.stop.signal);
    await this.write(finish);
  }

  /**
   * Until it is on disk, or the stop's patience is over: then the lease's end returns the row. While the database is away nothing new is
   * leased. A finish that cannot be written for a fault of ours is written without its dialogue, and holds nobody else up.
   */
  private async write(finish: Finish): Promise<void> {
    let away = false;
    for (let failures = 0; ; failures++) {
      try {
        if (!(await this.parts.store.finish(failures > 1 && !away ? withoutDialogue(finish) : finish))) this.parts.journal.tokenLost(finish.row);
        if (away) this.unwritten--;
        return;
      } catch (error) {
        const retryable = isAppError(error) && error.code !== 'internal';
        if (retryable !== away) this.unwritten += retryable ? 1 : -1;
        away = retryable;
        this.parts.journal.roundFailed('finish', error);
        if (!this.running && failures >= 2) {
          if (away) this.unwritten--;
          return;
        }
        await new Promise<void>((resolve) => void this.parts.scheduler.after(FINISH_RETRY_MS, resolve));
      }
    }
  }

  private planRenewal(): void {
    this.cancelRenew = this.parts.scheduler.after(RENEW_MS, () => {
      const rows = [...this.inHand.values()].map(({ row }) => row);
      void (rows.length > 0 ? this.parts.store.renew(rows) : Promise.resolve())
        .catch((error: unknown) => this.parts.journal.roundFailed('renew', error))
        .then(() => (this.running || this.inHand.size > 0) && this.planRenewal());
    });
  }
}
