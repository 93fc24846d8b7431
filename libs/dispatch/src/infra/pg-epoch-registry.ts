import type { Database, Statement } from '@nexoramail/platform';
import type { EpochRegistry, EpochSlice } from '../application/ports/key-ports.js';

const OPEN: Statement = {
  name: 'dispatch_epoch_open',
  text: `WITH added AS (
      INSERT INTO epoch (id, slice_start, slice_end, destroy_by) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING id
    ) SELECT true AS open FROM added UNION ALL SELECT destroyed_at IS NULL FROM epoch WHERE id = $1`,
};

/** Epoch rows in Postgres. */
export class PgEpochRegistry implements EpochRegistry {
  constructor(private readonly db: Database) {}

  async open({ id, start, end, destroyBy }: EpochSlice): Promise<boolean> {
    const values = [id, start, end, destroyBy];
    const [row] = (await this.db.query<{ open: boolean }>(OPEN, values)).rows;
    // Another process added it between our two looks: now it is seen.
    return row?.open ?? (await this.db.query<{ open: boolean }>(OPEN, values)).rows[0]?.open ?? false;
  }
}
