import { errorClassOf, NexoraMailError, type FieldError } from '../errors.js';

const MAX_TEXT = 2_000;
const MAX_ERRORS = 1_000;
const RETRYABLE_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The typed error for an answer that is no success. Trusts nothing in the body: what is not as RFC 9457 says is left out. */
export function toError(status: number, headers: Headers, body: string, nowMs: number): NexoraMailError {
  const problem = parseObject(body);
  const title = text(problem['title']);
  const code = text(problem['code']) ?? fallbackCode(status);
  const retryAfterS = parseRetryAfter(headers.get('retry-after'), nowMs);
  const retryable = typeof problem['retryable'] === 'boolean' ? problem['retryable'] : RETRYABLE_STATUSES.has(status);
  const message = text(problem['detail']) ?? title ?? fallbackMessage(status);
  return new (errorClassOf(status))(message, {
    code, status, retryable,
    requestId: text(problem['request_id']) ?? text(headers.get('x-request-id')) ?? null,
    errors: fieldErrors(problem['errors']),
    ...(title !== undefined && { title }),
    ...(retryAfterS !== undefined && { retryAfterS }),
  });
}

/** Seconds of a `Retry-After` header (RFC 9110 10.2.3: seconds or a date); undefined when absent or malformed. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const trimmed = value.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  // Date.parse takes all kinds of strings, such as "-5"; only the HTTP date form names a weekday.
  const at = /^[A-Z][a-z]{2},/.test(trimmed) ? Date.parse(trimmed) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1_000);
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_ERRORS).flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    const { pointer, code, message } = item as Record<string, unknown>;
    return [{ pointer: text(pointer) ?? '', code: text(code) ?? 'invalid', message: text(message) ?? '' }];
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT) : undefined;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** `fetch` in browsers hides a redirect it was told not to follow behind status 0. */
function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400);
}

function fallbackMessage(status: number): string {
  return isRedirect(status) ? 'The server answered with a redirect, which is not followed. Set the base URL to where it leads.' : `The server answered ${status}.`;
}

function fallbackCode(status: number): string {
  if (isRedirect(status)) return 'unexpected_redirect';
  const codes: Record<number, string> = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 409: 'conflict', 413: 'payload_too_large', 422: 'validation_failed', 429: 'rate_limited', 503: 'temporarily_unavailable' };
  return codes[status] ?? (status >= 500 ? 'internal' : 'http_error');
}
