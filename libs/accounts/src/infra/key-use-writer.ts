import type { Monotonic } from '@nexoramail/kernel';
import type { Logger, Sql, Statement } from '@nexoramail/platform';
import type { KeyUse } from '../application/ports/principal-reader.js';

/** Milliseconds between two writes of one key's last use. */
const EVERY_MS = 60_000;

const WRITE: Statement = {
  name: 'accounts_key_use',
  text: `UPDATE api_key k SET last_used_at = $2::timestamptz
    FROM unnest($1::uuid[]) AS q (id) WHERE k.id = q.id AND (k.last_used_at IS NULL OR k.last_used_at < $2::timestamptz)`,
};

/** Writes `last_used_at` at most once a minute per key and replica, in batches, beside the requests: none waits for it. */
export class KeyUseWriter implements KeyUse {
  private readonly written = new Map<string, number>();
  private pending = new Set<string>();
  private at = new Date(0);
  private flushing: Promise<void> | undefined;

  constructor(private readonly db: Sql, private readonly monotonic: Monotonic, private readonly logger: Pick<Logger, 'warn'>) {}

  note(keyIds: readonly string[], at: Date): void {
    const now = this.monotonic.now();
    for (const id of keyIds) {
      const last = this.written.get(id);
      if (last !== undefined && now - last < EVERY_MS) continue;
      this.written.set(id, now);
      this.pending.add(id);
    }
    this.at = at;
    if (this.pending.size > 0) this.flushing ??= this.flush();
  }

  /** Waits until what was noted is written or given up. */
  async idle(): Promise<void> {
    while (this.flushing) await this.flushing;
  }

  private async flush(): Promise<void> {
    while (this.pending.size > 0) {
      const ids = [...this.pending];
      this.pending = new Set();
      try {
        await this.db.query(WRITE, [ids, this.at]);
      } catch (error) {
        for (const id of ids) this.written.delete(id); // the next use tries again
        this.logger.warn({ err: error, keys: ids.length }, 'The last use of keys was not written');
      }
    }
    if (this.written.size > 10_000) this.written.clear();
    this.flushing = undefined;
  }
}
