import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { AppError, ERROR_CODES, toAppError, type ErrorCode } from '@nexoramail/kernel';
import { ItemError } from '@nexoramail/contracts';
import { serverAway, deadlineExceeded, canceled } from './call-context.js';

/** Metadata key that carries an {@link ItemError} (protobuf) beside a gRPC status. */
export const ERROR_KEY = 'nexora-error-bin';
// HTTP/2 peers accept 64 kB of headers; base64 grows this by a third.
const MAX_ERROR_BYTES = 24_000;

/** An AppError as it stands in contracts: in answers per item and in {@link ERROR_KEY}. */
export function toItemError(error: AppError): ItemError {
  return {
    code: error.code,
    detail: error.message,
    errors: error.errors.map(({ pointer, code, message }) => ({ pointer, code, message })),
    retryAfterS: Math.max(0, Math.ceil(error.retryAfterS ?? 0)),
  };
}

/** The AppError of a contract's ItemError. A code of a newer version than ours becomes `internal` with its detail. */
export function fromItemError(item: ItemError): AppError {
  const code: ErrorCode = Object.hasOwn(ERROR_CODES, item.code) ? (item.code as ErrorCode) : 'internal';
  return new AppError(code, item.detail, { errors: item.errors, ...(item.retryAfterS > 0 && { retryAfterS: item.retryAfterS }) });
}

/** Bytes of an error for the wire, at most 24 kB: the last field errors are left out where there are too many. */
export function encodeError(error: AppError): Uint8Array {
  const item = toItemError(error);
  for (;;) {
    const bytes = ItemError.encode(item).finish();
    if (bytes.byteLength <= MAX_ERROR_BYTES) return bytes;
    if (item.errors.length === 0) item.detail = item.detail.slice(0, 4_000);
    item.errors = item.errors.slice(0, Math.floor(item.errors.length / 2));
  }
}

/** The error of {@link encodeError}. */
export function decodeError(bytes: Uint8Array): AppError {
  return fromItemError(ItemError.decode(bytes));
}

const STATUS_OF_HTTP: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.ABORTED,
  410: status.FAILED_PRECONDITION,
  413: status.OUT_OF_RANGE,
  422: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** What a server answers for anything thrown: the status for tools that know gRPC only, our error in the metadata. */
export function toServiceError(thrown: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const error = toAppError(thrown);
  const metadata = new Metadata();
  metadata.set(ERROR_KEY, Buffer.from(encodeError(error)));
  return { code: STATUS_OF_HTTP[error.definition.http] ?? status.INTERNAL, details: error.code, metadata };
}

/** What a client throws for a failed call. An error of ours comes back unchanged; texts of the transport never reach a customer. */
export function fromServiceError(error: ServiceError): AppError {
  const [bytes] = error.metadata.get(ERROR_KEY);
  if (Buffer.isBuffer(bytes)) return decodeError(bytes);
  switch (error.code) {
    case status.DEADLINE_EXCEEDED:
      return deadlineExceeded();
    case status.CANCELLED:
      return canceled();
    case status.UNAVAILABLE:
    case status.UNIMPLEMENTED: // an older server during a rolling update
      return serverAway(error);
    case status.RESOURCE_EXHAUSTED:
      return error.details.startsWith('Received message larger') ? frameTooLarge() : toAppError(error);
    default:
      return toAppError(error);
  }
}

/** True when the call never got an answer of the server's own, so that repeating an idempotent one may help. */
export function lineBroke(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && error.metadata.get(ERROR_KEY).length === 0;
}

/** A request over the frame limit. */
export function frameTooLarge(): AppError {
  return new AppError('payload_too_large', 'The request is larger than the 4 MB that one call may carry.');
}
