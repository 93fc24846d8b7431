import { statfs } from 'node:fs/promises';
import { AppError, type Monotonic } from '@nexoramail/kernel';
import type { Database, Statement } from '@nexoramail/platform';
import type { IntakeGuard } from '../application/ports/accept-ports.js';
import { within } from './within.js';

/** What those on call have stopped. */
export interface SwitchState {
  readonly intakeStopped: boolean;
  readonly deliveryStopped: boolean;
}

const READ: Statement = { name: 'dispatch_switches', text: 'SELECT intake_stopped, delivery_stopped FROM switches' };
const WRITE: Statement = { name: 'dispatch_switches_set', text: 'UPDATE switches SET intake_stopped = $1, delivery_stopped = $2 RETURNING intake_stopped, delivery_stopped' };
/** In force within a second everywhere. */
const FRESH_MS = 800;
/** A database that stands still must not hold up every request: what it would say of the message itself comes with the commit. */
const PATIENCE_MS = 300;
const DISK_FRESH_MS = 5_000;
/** Intake refuses below this share of free disk. */
const LEAST_FREE = 0.1;

/** The switches' row, read at most every 0.8 s. */
export class PgSwitches {
  private state: SwitchState | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<SwitchState> | undefined;

  constructor(private readonly db: Database, private readonly monotonic: Monotonic) {}

  /** The switches as they were at most 0.8 s ago; as last seen when the database takes long to tell. */
  async current(): Promise<SwitchState> {
    const known = this.state;
    if (known && this.monotonic.now() - this.readAt < FRESH_MS) return known;
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return known ? within(this.reading, PATIENCE_MS, () => known) : this.reading;
  }

  async set({ intakeStopped, deliveryStopped }: SwitchState): Promise<SwitchState> {
    await this.db.query(WRITE, [intakeStopped, deliveryStopped]);
    return this.read();
  }

  private async read(): Promise<SwitchState> {
    const asked = this.monotonic.now();
    const { rows } = await this.db.query<{ intake_stopped: boolean; delivery_stopped: boolean }>(READ);
    this.state = { intakeStopped: rows[0]?.intake_stopped ?? false, deliveryStopped: rows[0]?.delivery_stopped ?? false };
    this.readAt = asked;
    return this.state;
  }
}

/** Refuses intake when it was stopped, or when less than 10 % of the disk under the data folder is free. */
export class SwitchedIntake implements IntakeGuard {
  private low = false;
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly switches: PgSwitches, private readonly folder: string, private readonly monotonic: Monotonic) {}

  async check(): Promise<void> {
    const { intakeStopped } = await this.switches.current();
    if (intakeStopped) throw new AppError('temporarily_unavailable', 'Intake is stopped for the moment. Repeat the request later.', { retryAfterS: 30 });
    await this.look();
    if (this.low) throw new AppError('temporarily_unavailable', 'The service is short of storage. Repeat the request later.', { retryAfterS: 60 });
  }

  private async look(): Promise<void> {
    if (this.monotonic.now() - this.lookedAt < DISK_FRESH_MS) return;
    this.lookedAt = this.monotonic.now();
    try {
      const { bavail, blocks } = await statfs(this.folder);
      this.low = blocks > 0 && bavail / blocks < LEAST_FREE;
    } catch {
      this.low = false; // no such folder yet, or a platform without it: Postgres will tell
    }
  }
}
