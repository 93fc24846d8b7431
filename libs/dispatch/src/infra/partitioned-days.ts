import type { Clock } from '@nexoramail/kernel';
import { maintainPartitions, type Database, type PartitionedTable } from '@nexoramail/platform';
import type { ReleaseDays } from '../application/ports/accept-ports.js';
import { dayOf } from '../domain/submission.js';

const DAY_MS = 86_400_000;
/** What the hourly upkeep makes ahead. */
const AHEAD = 3;
/** Rows stay for four days after their release (`flows.md` §8). */
const RETENTION_DAYS = 4;

const table = (name: string, keepWhile: string): PartitionedTable => ({ name, column: 'release_day', retentionDays: RETENTION_DAYS, ahead: AHEAD, keepWhile });

/** Tables cut by release day. What is still queued stays, whatever its age: it has its end to come (a clock that jumped, a long stop). */
export const RELEASE_DAY_TABLES: readonly PartitionedTable[] = [
  table('message', 'id IN (SELECT message_id FROM queue)'),
  table('recipient', '(message_id, n) IN (SELECT message_id, n FROM queue)'),
  table('content', 'message_id IN (SELECT message_id FROM queue)'),
];

/** Makes the partition of a day that the upkeep has not reached: scheduled mail is up to 30 days ahead of it. */
export class PartitionedDays implements ReleaseDays {
  private readonly made = new Map<string, Promise<void>>();

  constructor(private readonly db: Database, private readonly clock: Clock) {}

  async ensure(day: string): Promise<void> {
    if (day <= dayOf(new Date(this.clock.now().getTime() + AHEAD * DAY_MS))) return;
    const known = this.made.get(day);
    if (known) return known;
    const making = this.make(new Date(`${day}T00:00:00Z`));
    this.made.set(day, making);
    making.catch(() => this.made.delete(day));
    return making;
  }

  private async make(at: Date): Promise<void> {
    for (const { name, column } of RELEASE_DAY_TABLES) await maintainPartitions(this.db, { name, column, ahead: 0 }, at);
  }
}
