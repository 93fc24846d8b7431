import { types } from 'node:util';
import { AppError, isAppError } from '@nexoramail/kernel';

/** Also for errors of Node's own realm: under jest they are no `instanceof Error`. */
const isError = (error: unknown): error is Error => types.isNativeError(error) || error instanceof Error;

const RETRY_AFTER_S = 1;

/** Socket failures, and what `pg` and its pool say when the server is away, does not answer, or has no free connection. */
const LOST_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN']);
const LOST_MESSAGES = [
  'Connection terminated', 'Query read timeout', 'timeout exceeded when trying to connect', 'Client has encountered a connection error', 'Client was closed', 'timeout expired',
];
/** The statement failed, the connection may live: a repeat can succeed. Disk full, out of memory, too many connections, cancelled, lock or idle time-out, I/O error, read-only standby. */
const RETRYABLE_STATES = new Set(['53000', '53100', '53200', '53300', '57014', '55P03', '25P03', '25P04', '58000', '58030', '25006']);
const CONFLICT_STATES = new Set(['40001', '40P01']);

/** SQLSTATE of a server error, or a system error's code. */
export function errorCode(error: unknown): string {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True when the connection is gone, so that what was in flight may or may not have been done (SQLSTATE class 08, 57P01-57P05). */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error);
  if (code.startsWith('08') || code.startsWith('57P') || LOST_CODES.has(code)) return true;
  return isError(error) && LOST_MESSAGES.some((message) => error.message.startsWith(message));
}

/** True for a serialization failure or a deadlock: the transaction did nothing and may be run again. */
export function isConflict(error: unknown): boolean {
  return CONFLICT_STATES.has(errorCode(error));
}

/** True when the server cancelled a statement (`statement_timeout`, `lock_timeout`): the server is there, this statement is too slow. */
export function isTimedOut(error: unknown): boolean {
  return errorCode(error) === '57014' || errorCode(error) === '55P03';
}

/** True when a migration changed a table under a prepared statement (0A000): nothing was done, a fresh connection plans anew. */
export function isStalePlan(error: unknown): boolean {
  return errorCode(error) === '0A000' && isError(error) && error.message.includes('cached plan');
}

/** True when a unique constraint (or, if given, this one) refused a row. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return errorCode(error) === '23505' && (constraint === undefined || (error as { constraint?: string }).constraint === constraint);
}

/**
 * The connection was lost after a statement that may commit had been sent: done or not done. The same ids on a new connection tell
 * (`flows.md` §1 rule 2). Outside it is `temporarily_unavailable`.
 */
export class CommitUnknownError extends AppError {
  readonly commitUnknown = true;

  constructor(cause: unknown) {
    super('temporarily_unavailable', 'The database did not confirm the change. Repeat the request with the same ids.', { retryAfterS: RETRY_AFTER_S, cause });
  }
}

/** True for {@link CommitUnknownError}, also of another copy of this module. */
export function isCommitUnknown(error: unknown): boolean {
  return isAppError(error) && 'commitUnknown' in error && error.commitUnknown === true;
}

/** `temporarily_unavailable` for what passes by itself; everything else unchanged, but without the values that Postgres quotes in `detail`. */
export function toDatabaseError(error: unknown): unknown {
  if (isAppError(error)) return error;
  if (isConnectionLost(error) || isConflict(error) || isStalePlan(error) || RETRYABLE_STATES.has(errorCode(error))) {
    return new AppError('temporarily_unavailable', 'The database is not available right now. Repeat the request.', { retryAfterS: RETRY_AFTER_S, cause: withoutValues(error) });
  }
  return withoutValues(error);
}

/** "Key (address)=(ann@shop.example) already exists." must reach neither log nor customer; the constraint's name says enough. */
function withoutValues(error: unknown): unknown {
  if (isError(error)) for (const field of ['detail', 'where', 'internalQuery'] as const) if (field in error) (error as unknown as Record<string, unknown>)[field] = undefined;
  return error;
}
