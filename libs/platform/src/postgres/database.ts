import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { CommitUnknownError, isConflict, isConnectionLost, isStalePlan, toDatabaseError } from './database-error.js';
import type { Sql, Statement } from './sql.js';
import { StuckServerWatch } from './stuck-server.js';
import { valueTypes } from './value-types.js';

const CONNECT_TIMEOUT_MS = 2000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** A server that does not even cancel is paused or cut off. */
const ANSWER_GRACE_MS = 1000;
const CLOSE_TIMEOUT_MS = 5000;
const MAX_RETRIES = 3;

const BEGIN: Statement = { name: '', text: 'BEGIN' };
const COMMIT: Statement = { name: '', text: 'COMMIT' };

/** How a {@link Database} connects. Connections ≤20 per process in all (`performance.md` §5). */
export interface DatabaseOptions {
  /** `postgresql://role:password@host:port/database`, the role of one schema. */
  readonly url: string;
  readonly schema: string;
  /** Connections at most; 10 unless told. */
  readonly max?: number;
  readonly applicationName?: string;
  /** A statement is cancelled after this, and its connection dropped one second later; 10 s unless told. */
  readonly statementTimeoutMs?: number;
}

/**
 * The raw pool of one schema's role, `search_path` set to the schema. A lost, absent or stuck server, and a wait of more than 2 s for a
 * connection, is `temporarily_unavailable` with `retryAfterS` (a server that answers nobody any more: after 2 s); a statement whose commit is unknown is a CommitUnknownError. Other server
 * errors (a violated constraint) come through as `pg.DatabaseError` without row values.
 */
export class Database implements Sql {
  private readonly clients = new Set<pg.PoolClient>();
  private readonly watch: StuckServerWatch;

  private constructor(private readonly pool: pg.Pool, readonly schema: string, url: string) {
    this.watch = new StuckServerWatch(url, () => this.cut());
    // An idle connection that breaks reports here; the pool has dropped it already. A checked-out one reports on the client itself,
    // and an 'error' event without a listener would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      this.clients.add(client);
      client.on('error', () => undefined);
    });
    pool.on('remove', (client) => this.clients.delete(client));
  }

  /** Makes the pool; connects with the first statement. */
  static open({ url, schema, max = 10, applicationName = `nexora-${schema}`, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: DatabaseOptions): Database {
    const pool = new pg.Pool({
      connectionString: url,
      max,
      application_name: applicationName,
      options: `-c search_path=${schema} -c TimeZone=UTC`,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 30_000,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      types: valueTypes,
    });
    return new Database(pool, schema, url);
  }

  /** One statement, committed by itself. Lost after it was sent: CommitUnknownError (a read is simply repeated). */
  async query<R extends object = Record<string, unknown>>(statement: Statement, values: readonly unknown[] = []): Promise<{ rows: R[]; rowCount: number }> {
    for (let attempt = 0; ; attempt += 1) {
      const client = await this.connect();
      try {
        const result = await this.run<R>(client, statement, values);
        client.release();
        return result;
      } catch (error) {
        client.release(breaksClient(error));
        if (attempt < MAX_RETRIES && (isStalePlan(error) || isConflict(error))) {
          await pause(retryDelay(attempt));
          continue;
        }
        throw isConnectionLost(error) ? new CommitUnknownError(error) : toDatabaseError(error);
      }
    }
  }

  /**
   * BEGIN … COMMIT on one connection. `work` runs again (up to 3 times) after a serialization failure or deadlock, so it must have no
   * effects but its statements, and must await them all. Lost during COMMIT: CommitUnknownError; before it: nothing was done.
   */
  async transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (attempt >= MAX_RETRIES || !(isConflict(error) || isStalePlan(error))) throw toDatabaseError(error);
        await pause(retryDelay(attempt));
      }
    }
  }

  /** Connections in use and waiters now: for metrics and tests. */
  get load(): { open: number; idle: number; waiting: number } {
    return { open: this.pool.totalCount, idle: this.pool.idleCount, waiting: this.pool.waitingCount };
  }

  /** Waits for statements in flight, at most 5 s, then cuts the connections. */
  async close(): Promise<void> {
    if (this.pool.ending) return;
    const timer = setTimeout(() => this.cut(), CLOSE_TIMEOUT_MS);
    await this.pool.end().finally(() => clearTimeout(timer));
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  private async attempt<T>(work: (tx: Sql) => Promise<T>): Promise<T> {
    const client = await this.connect();
    let failure: unknown;
    try {
      await this.run(client, BEGIN);
      const value = await work({ query: (statement, values = []) => this.run(client, statement, values) });
      await this.commit(client);
      return value;
    } catch (error) {
      failure = error;
      // A connection that cannot roll back is not worth keeping.
      if (!breaksClient(error)) await client.query('ROLLBACK').catch((lost: unknown) => (failure = lost));
      throw error;
    } finally {
      client.release(breaksClient(failure));
    }
  }

  private async run<R extends object>(client: pg.PoolClient, { name, text }: Statement, values: readonly unknown[] = []): Promise<{ rows: R[]; rowCount: number; command: string }> {
    const answered = this.watch.sent();
    try {
      const { rows, rowCount, command } = await client.query<R>({ name, text, values: values as unknown[] });
      return { rows, rowCount: rowCount ?? 0, command };
    } finally {
      answered();
    }
  }

  private async commit(client: pg.PoolClient): Promise<void> {
    let command: string;
    try {
      ({ command } = await this.run(client, COMMIT));
    } catch (error) {
      throw isConnectionLost(error) ? new CommitUnknownError(error) : error;
    }
    // Postgres answers COMMIT of a failed transaction with ROLLBACK and no error: someone swallowed the statement's error.
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back: a statement failed and its error was not passed on');
  }

  private cut(): void {
    for (const client of this.clients) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

/** Connections that broke, or whose prepared statements are stale, leave the pool. */
function breaksClient(error: unknown): boolean {
  return error !== undefined && (error instanceof CommitUnknownError || isConnectionLost(error) || isStalePlan(error) || (error as { code?: string }).code === '25006');
}

const retryDelay = (attempt: number): number => 2 + 8 * attempt + Math.random() * 8;
