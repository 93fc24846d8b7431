import { createHmac } from 'node:crypto';
import type { Clock } from '@nexoramail/kernel';
import type { Sql, Statement } from '@nexoramail/platform';
import type { ThrottleStore } from '../application/ports/throttle-store.js';
import { THROTTLE_WINDOW_MS, type ThrottleKey } from '../domain/sign-in-throttle.js';

// In the order of the keys' hashes, so that two tries lock the rows in one order.
const COUNT: Statement = {
  name: 'accounts_throttle_count',
  text: `INSERT INTO sign_in_failure AS f (key_hash, failures, window_start)
    SELECT q.key_hash, 1, $2::timestamptz FROM unnest($1::bytea[]) AS q (key_hash) ORDER BY q.key_hash
    ON CONFLICT (key_hash) DO UPDATE SET
      failures = CASE WHEN f.window_start <= $3::timestamptz THEN 1 ELSE f.failures + 1 END,
      window_start = CASE WHEN f.window_start <= $3::timestamptz THEN $2::timestamptz ELSE f.window_start END
    RETURNING f.key_hash, f.failures, f.window_start`,
};
const FORGIVE: Statement = {
  name: 'accounts_throttle_forgive',
  text: `WITH locked AS (SELECT key_hash FROM sign_in_failure WHERE key_hash = ANY ($1::bytea[]) ORDER BY key_hash FOR UPDATE)
    UPDATE sign_in_failure f SET failures = CASE WHEN f.key_hash = $2::bytea THEN 0 ELSE greatest(0, f.failures - 1) END
    FROM locked WHERE f.key_hash = locked.key_hash`,
};
const SWEEP: Statement = { name: 'accounts_throttle_sweep', text: 'DELETE FROM sign_in_failure WHERE window_start <= $1::timestamptz' };

/** Failed tries in Postgres, by keyed hash: the table tells no address. Windows run on real time, since they are rate limits. */
export class PgThrottleStore implements ThrottleStore {
  constructor(private readonly db: Sql, private readonly wall: Clock, private readonly hashKey: Uint8Array) {}

  async count(keys: readonly ThrottleKey[]): Promise<number> {
    const now = this.wall.now();
    const limits = new Map(keys.map((key) => [this.hash(key).toString('hex'), key.limit]));
    const { rows } = await this.db.query<{ key_hash: Buffer; failures: number; window_start: Date }>(COUNT, [keys.map((key) => this.hash(key)), now, new Date(now.getTime() - THROTTLE_WINDOW_MS)]);
    const waits = rows.filter((row) => row.failures > (limits.get(row.key_hash.toString('hex')) ?? 0)).map((row) => row.window_start.getTime() + THROTTLE_WINDOW_MS - now.getTime());
    return Math.max(0, ...waits);
  }

  async forgive(keys: readonly ThrottleKey[]): Promise<void> {
    const [first, ...others] = keys.map((key) => this.hash(key));
    if (first) await this.db.query(FORGIVE, [[first, ...others], first]);
  }

  async sweep(): Promise<number> {
    return (await this.db.query(SWEEP, [new Date(this.wall.now().getTime() - THROTTLE_WINDOW_MS)])).rowCount;
  }

  private hash({ text }: ThrottleKey): Buffer {
    return createHmac('sha256', this.hashKey).update(text).digest();
  }
}
