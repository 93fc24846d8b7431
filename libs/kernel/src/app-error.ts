import { ERROR_CODES, type ErrorCode, type ErrorCodeDefinition } from './error-code.js';

/** One fault of a request: where (RFC 6901 pointer, or '' for the whole), which rule, and how to mend it. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** What an {@link AppError} may carry besides its code and detail. */
export interface AppErrorOptions {
  readonly errors?: readonly FieldError[];
  /** Seconds after which a repeat may succeed; becomes `Retry-After`. */
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

/**
 * A failure the caller can act on. Anything else that is thrown is a defect and maps to `internal`.
 * `message` is the customer's `detail`: what was seen and how to mend it. It holds ids and limits, never a secret, a body or a foreign address.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly errors: readonly FieldError[];
  readonly retryAfterS: number | undefined;

  constructor(readonly code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.errors = options.errors ?? [];
    this.retryAfterS = options.retryAfterS;
  }

  /** The row of the contract table: HTTP status, SMTP reply, title, whether to retry. */
  get definition(): ErrorCodeDefinition {
    return ERROR_CODES[this.code];
  }
}

/** True for an {@link AppError}, also of another copy of this module (worker threads, bundles). */
export function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && 'code' in error && Object.hasOwn(ERROR_CODES, String(error.code));
}

/** The {@link AppError} for anything thrown: itself, or `internal` with the defect as its cause. */
export function toAppError(error: unknown): AppError {
  return isAppError(error) ? error : new AppError('internal', 'An unexpected error occurred. Repeat the request; if it fails again, tell support the request id.', { cause: error });
}
