import { PrismaPg } from '@prisma/adapter-pg';
import { AppError, isAppError } from '@nexoramail/kernel';
import { PrismaClient } from './generated/client.js';

const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/** Prisma for the reads and writes of this schema that are not hot; a small pool beside the raw one. */
export function openPrisma(url: string): PrismaClient {
  const adapter = new PrismaPg({
    connectionString: url,
    max: 3,
    application_name: 'nexora-compliance-prisma',
    options: '-c search_path=compliance',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
    idleTimeoutMillis: 30_000,
  }, { schema: 'compliance', onPoolError: () => undefined, onConnectionError: () => undefined });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Prisma's codes for a server that is away, stuck or cut the line. */
const AWAY_CODES = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P01', '57P02', '57P03']);
const AWAY_TEXT = /timeout exceeded|Connection terminated|Query read timeout|Can't reach database|closed the connection|server closed|not queryable/i;

/** Runs a query; a server that is away is `temporarily_unavailable`, as with the raw pool. */
export async function viaPrisma<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (error) {
    if (isAppError(error) || !isAway(error)) throw error;
    throw new AppError('temporarily_unavailable', 'The database is not available right now. Repeat the request.', { retryAfterS: 1, cause: error });
  }
}

function isAway(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const { code, message, kind, cause, originalCode } = at as { code?: unknown; message?: unknown; kind?: unknown; cause?: unknown; originalCode?: unknown };
    if (AWAY_CODES.has(String(code)) || AWAY_CODES.has(String(originalCode))) return true;
    if (['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections', 'DatabaseAccessDenied'].includes(String(kind))) return true;
    if (typeof message === 'string' && AWAY_TEXT.test(message)) return true;
    at = cause;
  }
  return false;
}
