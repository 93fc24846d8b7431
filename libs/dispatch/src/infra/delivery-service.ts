import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database, Runtime, Statement } from '@nexoramail/platform';
import type { DeliverParts } from './build-deliver.js';
import { RepeatingJob } from './repeating-job.js';

const CHORES_MS = 1_000;
const HEARTBEAT_MS = 5_000;
const DEAD_AFTER_MS = 30_000;

const BEAT: Statement = { name: 'dispatch_worker_beat', text: 'INSERT INTO worker (id, host, seen_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at' };
const LIVE: Statement = { name: 'dispatch_workers_live', text: 'WITH gone AS (DELETE FROM worker WHERE seen_at < $1) SELECT id FROM worker WHERE seen_at >= $1 ORDER BY id' };
const RECLAIM: Statement = { name: 'dispatch_reclaim', text: 'UPDATE queue SET lease_until = $1 WHERE lease_until >= $1' };
const LEAVE: Statement = { name: 'dispatch_worker_leave', text: 'DELETE FROM worker WHERE id = $1' };

/** The delivering half as it runs: loop, chores each second, heartbeat. Woken by accept, by a jump of the clock and by its own polls. */
export class DeliveryService {
  private readonly id = randomUUID();
  private readonly chores: RepeatingJob;
  private readonly heartbeat: RepeatingJob;
  private undo: (() => void)[] = [];

  constructor(private readonly runtime: Runtime, private readonly db: Database, private readonly parts: DeliverParts) {
    const failed = (what: string) => (error: unknown): void => runtime.logger.warn({ err: error, what }, 'A round of upkeep failed; it is repeated');
    this.chores = new RepeatingJob(CHORES_MS, async () => {
      if (await parts.chores.run()) parts.loop.nudge();
    }, failed('chores'));
    this.heartbeat = new RepeatingJob(HEARTBEAT_MS, () => this.beat(), failed('heartbeat'));
  }

  /**
   * Takes back what a dead predecessor had under lease: the lease is over, its token stays, since what may have gone can be tried again but not
   * be canceled as never sent. Only where no other worker can live: in the embedded default, whose data folder one
   * process holds; else leases end by themselves, after a minute.
   */
  async reclaim(): Promise<void> {
    const { rowCount } = await this.db.query(RECLAIM, [new Date(this.runtime.wall.now().getTime() - 1)]);
    if (rowCount > 0) this.runtime.logger.info({ rows: rowCount }, 'Rows that were under way at the last stop are tried again');
  }

  start(): void {
    const { wake, settle } = this.runtime;
    this.undo = [
      wake.on('queue:mail', () => this.parts.loop.nudge()),
      wake.on('clock', () => {
        this.chores.now();
        this.parts.loop.nudge();
      }),
      settle.register('delivery', () => this.idle()),
    ];
    this.heartbeat.start();
    this.chores.start();
    this.parts.loop.start();
  }

  /** What is on its way ends or is returned within 10 s. */
  async stop(): Promise<void> {
    for (const step of this.undo.splice(0)) step();
    await Promise.all([this.chores.stop(), this.heartbeat.stop(), this.parts.loop.close()]);
    await this.parts.queue.close();
    await this.db.query(LEAVE, [this.id]).catch(() => undefined);
  }

  /** Nothing due is left untried. Asked after a jump of the clock, so it sees to the work itself. */
  private async idle(): Promise<boolean> {
    const idle = await this.parts.loop.idle();
    if (!idle) {
      this.chores.now();
      this.parts.loop.nudge();
    }
    return idle;
  }

  /** Shows that we live, and learns who else does: each takes its share of a site's limit. */
  private async beat(): Promise<void> {
    const now = this.runtime.wall.now();
    await this.db.query(BEAT, [this.id, hostname(), now]);
    const { rows } = await this.db.query<{ id: string }>(LIVE, [new Date(now.getTime() - DEAD_AFTER_MS)]);
    this.parts.sites.fleet = { self: this.id, workers: rows.map(({ id }) => id) };
  }
}
