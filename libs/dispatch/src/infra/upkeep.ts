import { leaseOwner, LeaseRow, type Database, type Runtime } from '@nexoramail/platform';
import { PurgeContent } from '../application/keys/purge-content.js';
import type { ContentParts } from './build-accept.js';
import { PgPurgeStore } from './pg-purge-store.js';
import { QueueReconciler } from './queue-reconciler.js';
import { RepeatingJob } from './repeating-job.js';
import { UsageJob } from './usage-job.js';

const USAGE_MS = 10_000;
const PURGE_MS = 60_000;
const KEYS_MS = 30_000;
const RECONCILE_MS = 300_000;
const LEASE_TTL_MS = 60_000;

/** Jobs of the accepting half: usage totals, purge, epoch keys ahead of time, reconciler. Singletons run under a lease row. */
export class Upkeep {
  private readonly jobs: RepeatingJob[];
  private readonly keys: RepeatingJob;
  private readonly purge: RepeatingJob;
  private readonly owner: string;
  private undo: (() => void)[] = [];
  private purgedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly runtime: Runtime, private readonly db: Database, content: ContentParts) {
    const { clock, ids, wake, logger, telemetry, env } = runtime;
    this.owner = leaseOwner(env);
    const usage = new UsageJob(db, clock, ids, wake);
    const purge = new PurgeContent(new PgPurgeStore(db), content.vault, clock, (id) => content.cipher.forget(id));
    const reconciler = new QueueReconciler(db, clock, logger, telemetry);
    this.keys = this.job('epoch-keys', KEYS_MS, () => content.epochs.ensureAhead());
    this.purge = this.job('purge', PURGE_MS, async () => {
      const now = clock.now().getTime();
      await this.alone('dispatch.purge', () => purge.execute());
      this.purgedAt = now;
    });
    this.jobs = [
      this.keys, this.purge,
      this.job('usage', USAGE_MS, () => this.alone('dispatch.usage', () => usage.run())),
      this.job('reconcile', RECONCILE_MS, () => this.alone('dispatch.reconcile', () => reconciler.run())),
    ];
  }

  start(): void {
    const { wake, settle, clock } = this.runtime;
    this.undo = [
      wake.on('clock', () => {
        this.keys.now();
        this.purge.now();
      }),
      settle.register('dispatch.purge', () => {
        const due = clock.now().getTime() - this.purgedAt > 2 * PURGE_MS;
        if (due) this.purge.now();
        return Promise.resolve(!due);
      }),
    ];
    for (const job of this.jobs) job.start();
  }

  async stop(): Promise<void> {
    for (const step of this.undo.splice(0)) step();
    await Promise.all(this.jobs.map((job) => job.stop()));
  }

  private job(what: string, everyMs: number, work: () => Promise<unknown>): RepeatingJob {
    return new RepeatingJob(everyMs, work, (error) => this.runtime.logger.warn({ err: error, what }, 'A job failed; it is repeated'));
  }

  private async alone(name: string, work: () => Promise<void>): Promise<void> {
    const lease = new LeaseRow(this.db, this.runtime.wall, { name, owner: this.owner, ttlMs: LEASE_TTL_MS });
    if (!(await lease.acquire())) return;
    try {
      await work();
    } finally {
      await lease.release().catch(() => undefined);
    }
  }
}
