import pg from 'pg';
import type { Database } from './database.js';
import type { Sql, Statement } from './sql.js';

const DAY_MS = 86_400_000;
const LOCK_TIMEOUT_MS = 2000;

/** A table partitioned by ranges of a day column, with a default partition `<name>_default`. */
export interface PartitionedTable {
  /** Parent table in the database's own schema. */
  readonly name: string;
  /** The range column: `date` or `timestamptz`. */
  readonly column: string;
  /** Days per partition: 1, or 7 (weeks from Monday); 1 unless told. */
  readonly days?: 1 | 7;
  /** A partition goes when its last day is older than this; without it partitions stay for ever. */
  readonly retentionDays?: number;
  /** Rows that must not go (SQL condition, `published_at IS NULL`): a partition that holds one stays, and is named in `kept`. */
  readonly keepWhile?: string;
  /** How many future partitions exist; 3 unless told. */
  readonly ahead?: number;
}

/** What {@link maintainPartitions} did; `kept` and `rescued` are worth an alarm. */
export interface PartitionReport {
  readonly created: string[];
  readonly dropped: string[];
  /** Due, but still holding rows that must stay. */
  readonly kept: string[];
  /** Rows moved out of the default partition: the job had not run in time. */
  readonly rescued: number;
}

/**
 * Makes the current and the next partitions and drops those past their retention, as the schema's own role. `now` is business time.
 * Rows that have landed in the default partition move to the new one. Idempotent; run under a lease. Waits at most 2 s for a lock, then
 * fails with `temporarily_unavailable` and is repeated at the next run: the job never queues up in front of intake.
 */
export async function maintainPartitions(db: Database, table: PartitionedTable, now: Date): Promise<PartitionReport> {
  const report = { created: [] as string[], dropped: [] as string[], kept: [] as string[], rescued: 0 };
  const existing = await listPartitions(db, table.name);
  const starts = new Set([...wantedStarts(table, now), ...(await startsInDefault(db, table))]);
  for (const start of [...starts].sort()) {
    const partition = partitionName(table, start);
    if (existing.includes(partition)) continue;
    report.rescued += await createPartition(db, table, partition, start);
    report.created.push(partition);
  }
  if (table.retentionDays === undefined) return report;
  const oldest = isoDay(new Date(now.getTime() - table.retentionDays * DAY_MS));
  for (const partition of existing) {
    const start = startOf(table, partition);
    if (start === undefined || addDays(start, table.days ?? 1) > oldest) continue;
    if (await dropPartition(db, table, partition)) report.dropped.push(partition);
    else report.kept.push(partition);
  }
  return report;
}

/** First days of the partitions that must exist at `now`. */
function wantedStarts({ days = 1, ahead = 3 }: PartitionedTable, now: Date): string[] {
  const first = periodStart(isoDay(now), days);
  return Array.from({ length: ahead + 1 }, (_, index) => addDays(first, index * days));
}

/** First day of the period a day belongs to; weeks begin on Monday (1970-01-05 was one). */
function periodStart(day: string, days: number): string {
  const number = Date.parse(day) / DAY_MS;
  return days === 1 ? day : isoDay(new Date((number - ((number - 4) % 7 + 7) % 7) * DAY_MS));
}

async function listPartitions(sql: Sql, table: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>({
    name: 'partitions_list',
    text: `SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass ORDER BY 1`,
  }, [pg.escapeIdentifier(table)]);
  return rows.map(({ name }) => name);
}

async function startsInDefault(sql: Sql, table: PartitionedTable): Promise<string[]> {
  const column = pg.escapeIdentifier(table.column);
  // timestamptz is cut at UTC midnight, a date is taken as it is.
  const { rows } = await sql.query<{ day: string }>(once(`SELECT DISTINCT to_char(${column}::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM ${pg.escapeIdentifier(`${table.name}_default`)}`));
  return [...new Set(rows.map(({ day }) => periodStart(day, table.days ?? 1)))];
}

/** Made apart and attached, which blocks only the default partition; its storage parameters are the default partition's. */
async function createPartition(db: Database, table: PartitionedTable, partition: string, start: string): Promise<number> {
  const [parent, name, fallback, column] = [table.name, partition, `${table.name}_default`, table.column].map((part) => pg.escapeIdentifier(part)) as [string, string, string, string];
  const end = addDays(start, table.days ?? 1);
  const [from, to] = [pg.escapeLiteral(`${start} 00:00:00+00`), pg.escapeLiteral(`${end} 00:00:00+00`)];
  return db.transaction(async (tx) => {
    await limitLocks(tx);
    await tx.query(once(`CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES)`));
    const { rows } = await tx.query<{ options: string[] | null }>({ name: 'partition_options', text: 'SELECT reloptions AS options FROM pg_class WHERE oid = $1::text::regclass' }, [fallback]);
    if (rows[0]?.options) await tx.query(once(`ALTER TABLE ${name} SET (${rows[0].options.join(', ')})`));
    // Before the rows are looked for: a writer must not add one between the move and the attaching.
    await tx.query(once(`LOCK TABLE ${fallback} IN ACCESS EXCLUSIVE MODE`));
    const { rowCount } = await tx.query(once(`WITH moved AS (DELETE FROM ${fallback} WHERE ${column} >= ${from} AND ${column} < ${to} RETURNING *) INSERT INTO ${name} SELECT * FROM moved`));
    await tx.query(once(`ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to})`));
    return rowCount;
  });
}

async function dropPartition(db: Database, table: PartitionedTable, partition: string): Promise<boolean> {
  const name = pg.escapeIdentifier(partition);
  return db.transaction(async (tx) => {
    await limitLocks(tx);
    if (table.keepWhile !== undefined) {
      const { rowCount } = await tx.query(once(`SELECT FROM ${name} WHERE ${table.keepWhile} LIMIT 1`));
      if (rowCount > 0) return false;
    }
    await tx.query(once(`DROP TABLE ${name}`));
    return true;
  });
}

async function limitLocks(tx: Sql): Promise<void> {
  await tx.query({ name: 'partition_limit_locks', text: `SELECT set_config('lock_timeout', '${LOCK_TIMEOUT_MS}ms', true)` });
}

/** Statements with table names in them: not worth a prepared plan. */
const once = (text: string): Statement => ({ name: '', text });

const partitionName = (table: PartitionedTable, start: string): string => `${table.name}_${start.replaceAll('-', '')}`;

function startOf(table: PartitionedTable, partition: string): string | undefined {
  const digits = partition.startsWith(`${table.name}_`) ? partition.slice(table.name.length + 1) : '';
  return /^\d{8}$/.test(digits) ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : undefined;
}

const isoDay = (at: Date): string => at.toISOString().slice(0, 10);

const addDays = (day: string, days: number): string => isoDay(new Date(Date.parse(day) + days * DAY_MS));
