/** One fault of a request: where (RFC 6901 pointer into the body), which rule, and how to mend it. */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

/** What an error carries besides its message. `status` is null when no answer came. */
export interface ErrorFacts {
  readonly code: string;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly title?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

/** Any failure of a call. `message` says what was seen and how to mend it; `code` is stable, for programs. */
export class NexoraMailError extends Error {
  override readonly name: string = 'NexoraMailError';
  readonly code: string;
  readonly status: number | null;
  /** What to tell support: the `X-Request-Id` of the answer. */
  readonly requestId: string | null;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly title: string | undefined;
  /** Every fault of the body, for 422. */
  readonly errors: readonly FieldError[];
  /** Seconds to wait before the next try, as the server asked. */
  readonly retryAfterS: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryable = facts.retryable;
    this.title = facts.title;
    this.errors = facts.errors ?? [];
    this.retryAfterS = facts.retryAfterS;
  }
}

/** 401: the key is missing, unknown, revoked or expired. */
export class UnauthorizedError extends NexoraMailError {
  override readonly name = 'UnauthorizedError';
}

/** 403: the key, plan, standing or domain does not allow this. */
export class ForbiddenError extends NexoraMailError {
  override readonly name = 'ForbiddenError';
}

/** 404: there is no such resource in this account and mode. */
export class NotFoundError extends NexoraMailError {
  override readonly name = 'NotFoundError';
}

/** 409: the state of the resource does not allow this, or a request with the same idempotency key is in progress. */
export class ConflictError extends NexoraMailError {
  override readonly name = 'ConflictError';
}

/** 413: the message or request is too large. */
export class PayloadTooLargeError extends NexoraMailError {
  override readonly name = 'PayloadTooLargeError';
}

/** 422: `errors` names every fault of the body. */
export class ValidationError extends NexoraMailError {
  override readonly name = 'ValidationError';
}

/** 429: too many requests, or the quota is used up; `retryAfterS` tells when to come back. */
export class RateLimitError extends NexoraMailError {
  override readonly name = 'RateLimitError';
}

/** 5xx: something failed on the server's side. */
export class ServerError extends NexoraMailError {
  override readonly name = 'ServerError';
}

/** No answer came: refused, reset, cut, or no such host. Code `connection_failed`. */
export class ConnectionError extends NexoraMailError {
  override readonly name = 'ConnectionError';
}

/** No complete answer came in time. Code `timeout`. */
export class TimeoutError extends NexoraMailError {
  override readonly name = 'TimeoutError';
}

/** A success that is not what the API promises, such as a login page of a proxy. Code `invalid_response`. */
export class InvalidResponseError extends NexoraMailError {
  override readonly name = 'InvalidResponseError';
}

/** The class for an HTTP status. */
export function errorClassOf(status: number): typeof NexoraMailError {
  const exact: Record<number, typeof NexoraMailError> = {
    401: UnauthorizedError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError, 413: PayloadTooLargeError, 422: ValidationError, 429: RateLimitError,
  };
  return exact[status] ?? (status >= 500 ? ServerError : NexoraMailError);
}
