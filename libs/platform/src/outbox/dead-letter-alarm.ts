import type { Logger } from '../log/logger.js';
import type { Sql } from '../postgres/sql.js';
import type { Gauge, Telemetry } from '../telemetry/telemetry.js';
import { countDeadLetters } from './dead-letter.js';

/** Where parked events are, and who is told. */
export interface DeadLetterAlarmOptions {
  readonly db: Sql;
  readonly schema: string;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
}

/** Tells that events are parked: gauge `nexora_dead_letters` by schema and group, and a warning as long as there are any. Each replica tells by itself. */
export class DeadLetterAlarm {
  private readonly gauge: Gauge | undefined;
  private readonly known = new Set<string>();

  constructor(private readonly options: DeadLetterAlarmOptions) {
    this.gauge = options.telemetry?.gauge('nexora_dead_letters', 'Events that a consumer group could not handle and that wait for a person', ['schema', 'group']);
  }

  /** Counts and tells. A group whose last event was replayed or dropped goes back to 0. */
  async check(): Promise<void> {
    const { db, schema, logger } = this.options;
    const counts = await countDeadLetters(db);
    for (const group of counts.keys()) this.known.add(group);
    for (const group of this.known) this.gauge?.set(counts.get(group) ?? 0, { schema, group });
    if (counts.size > 0) logger.warn({ schema, groups: Object.fromEntries(counts) }, 'Events are parked: look at their errors, then replay or drop them');
  }
}
