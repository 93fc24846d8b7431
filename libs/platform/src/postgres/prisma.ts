import { AppError, isAppError } from '@nexoramail/kernel';
import type pg from 'pg';

const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** What Prisma's driver adapter for `pg` is made from: `new PrismaPg(...prismaPool(url, schema))`. */
export type PrismaPool = [pool: pg.PoolConfig, adapter: { schema: string; onPoolError: () => void; onConnectionError: () => void }];

/** A small pool beside the raw one, for the reads and writes of a schema that are not hot; the time limits of the raw one. `max`: connections, 2 unless told. */
export function prismaPool(url: string, schema: string, max = 2): PrismaPool {
  const pool: pg.PoolConfig = {
    connectionString: url,
    max,
    application_name: `nexora-${schema}-prisma`,
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
    idleTimeoutMillis: 30_000,
  };
  return [pool, { schema, onPoolError: () => undefined, onConnectionError: () => undefined }];
}

/** Prisma's codes for a server that is away, stuck, busy or cut the line. */
const AWAY_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);
/** SQLSTATE classes and system errors of the same meaning: connection lost, shutdown, no resources, cancelled, conflict. */
const AWAY_STATE = /^(?:08\w{3}|53\w{3}|57P\w{2}|57014|55P03|25P0[34]|40001|40P01|E(?:CONN\w+|PIPE|TIMEDOUT|HOST\w+|NET\w+|NOTFOUND|AI_AGAIN))$/;
const AWAY_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'TransactionWriteConflict']);
const AWAY_TEXT = /timeout exceeded|Connection terminated|Query read timeout|Client has encountered a connection error|not queryable/;

/** Runs a query of a Prisma client; a server that is away is `temporarily_unavailable`, as with the raw pool. */
export async function viaPrisma<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    if (isAppError(error) || !isAway(error)) throw error;
    throw new AppError('temporarily_unavailable', 'The database is not available right now. Repeat the request.', { retryAfterS: 1, cause: error });
  }
}

/** Prisma wraps the driver's error as `cause`, or as `meta.driverAdapterError`, by kind of query. */
function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, originalCode, kind, message, cause, meta } = error as Partial<Record<'code' | 'originalCode' | 'kind' | 'message' | 'cause' | 'meta', unknown>>;
  const codes = [code, originalCode].filter((one) => typeof one === 'string');
  if (codes.some((one) => AWAY_CODES.has(one) || AWAY_STATE.test(one))) return true;
  if (typeof kind === 'string' && AWAY_KINDS.has(kind)) return true;
  if (typeof message === 'string' && AWAY_TEXT.test(message)) return true;
  const wrapped = typeof meta === 'object' && meta !== null && 'driverAdapterError' in meta ? meta.driverAdapterError : undefined;
  return isAway(cause) || isAway(wrapped);
}
