import type { Clock } from '@nexoramail/kernel';
import type { Retention } from './ports.js';

const DAY_MS = 86_400_000;

/** From when on an account may see its data: reads filter by it at once, whatever partitions are still there. */
export class RetentionBound {
  constructor(private readonly retention: Retention, private readonly clock: Clock) {}

  async of(accountId: string): Promise<Date> {
    return new Date(this.clock.now().getTime() - (await this.retention.daysOf(accountId)) * DAY_MS);
  }
}
