import { toAppError, type AppError } from '@nexoramail/kernel';

/** An answer of RFC 9457: what every 4xx and 5xx carries. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly retryable: boolean;
  readonly errors?: readonly { pointer: string; code: string; message: string }[];
}

/** The problem document for an error. `apiUrl` is where `/docs/errors` is served. */
export function problemOf(error: AppError, requestId: string, apiUrl: string): Problem {
  const { http, title, retryable } = error.definition;
  return {
    type: `${apiUrl}/docs/errors#${error.code}`,
    title,
    status: http,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    retryable,
    ...(error.errors.length > 0 && { errors: error.errors }),
  };
}

/** `{code, title, detail, errors}`: the shape of a fault inside a batch answer. */
export function itemProblem(error: AppError): Pick<Problem, 'code' | 'title' | 'detail'> & { errors: readonly object[] } {
  return { code: error.code, title: error.definition.title, detail: error.message, errors: error.errors };
}

/** Headers that go with an error: `Retry-After` in whole seconds where a repeat may succeed. */
export function headersOf(error: AppError): Record<string, string> {
  const { http, retryable } = error.definition;
  const seconds = error.retryAfterS ?? (http === 503 ? 2 : http === 429 || retryable ? 1 : undefined);
  return seconds === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(seconds))) };
}

/** Anything thrown as an AppError: Fastify's own refusals get their code, the rest is a defect. */
export function errorOf(thrown: unknown, named: (code: string) => AppError | undefined): AppError {
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  return named(code) ?? toAppError(thrown);
}
