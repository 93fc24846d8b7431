import { ConnectionError, InvalidResponseError, NexoraMailError, TimeoutError } from '../errors.js';
import { delayBefore } from './backoff.js';
import { toError } from './problem.js';
import { readText } from './read-text.js';
import type { ApiRequest, Transport } from './transport.js';

/** How {@link FetchTransport} reaches its server, and what it takes from outside. */
export interface FetchTransportOptions {
  /** Origin, or origin and path prefix, without `/v1`. Empty: the page's own origin. */
  readonly baseUrl: string;
  /** Headers of one try, credentials included; asked again for each try. */
  readonly headers: (request: ApiRequest) => Record<string, string>;
  readonly fetch?: typeof fetch;
  /** Tries after the first one. Default 3. */
  readonly maxRetries?: number;
  /** For one try, body included. Default 30,000. */
  readonly timeoutMs?: number;
  readonly credentials?: RequestCredentials;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Calls over `fetch`, with retries, deadlines and typed errors. */
export class FetchTransport implements Transport {
  readonly #options: FetchTransportOptions;

  constructor(options: FetchTransportOptions) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, '') };
  }

  async request(request: ApiRequest): Promise<unknown> {
    const { maxRetries = 3, random = Math.random, sleep = sleepFor } = this.#options;
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
    for (let n = 0; ; n += 1) {
      try {
        return await this.#once(request, payload);
      } catch (error) {
        const delay = n < maxRetries && mayRepeat(request, error) ? delayBefore(n, random, error.retryAfterS) : undefined;
        if (delay === undefined) throw error;
        await sleep(delay, request.signal);
      }
    }
  }

  async #once(request: ApiRequest, payload: string | undefined): Promise<unknown> {
    const { baseUrl, credentials, timeoutMs: defaultMs = 30_000, now = Date.now } = this.#options;
    const call = this.#options.fetch ?? fetch;
    request.signal?.throwIfAborted();
    const timeoutMs = request.timeoutMs ?? defaultMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const query = request.query?.toString();
    let status: number | null = null;
    let requestId: string | null = null;
    try {
      const response = await call(`${baseUrl}${request.path}${query ? `?${query}` : ''}`, {
        method: request.method,
        headers: {
          Accept: 'application/json',
          ...(payload !== undefined && { 'Content-Type': 'application/json' }),
          ...(request.idempotencyKey !== undefined && { 'Idempotency-Key': request.idempotencyKey }),
          ...this.#options.headers(request),
        },
        // A followed redirect would carry the credentials to a place nobody configured.
        redirect: 'manual',
        signal: request.signal ? AbortSignal.any([request.signal, deadline]) : deadline,
        ...(credentials !== undefined && { credentials }),
        ...(payload !== undefined && { body: payload }),
      });
      status = response.status;
      requestId = response.headers.get('x-request-id');
      const body = await readText(response);
      if (!response.ok) throw toError(status, response.headers, body, now());
      if (status === 204) return undefined;
      return parseJson(body, status, requestId);
    } catch (error) {
      if (error instanceof NexoraMailError) throw error;
      request.signal?.throwIfAborted();
      const facts = { status, requestId, retryable: true, cause: error };
      if (deadline.aborted) throw new TimeoutError(`No complete answer within ${timeoutMs} ms.`, { code: 'timeout', ...facts });
      throw new ConnectionError(`The connection to ${hostOf(baseUrl)} failed before the answer was complete.`, { code: 'connection_failed', ...facts });
    }
  }
}

function mayRepeat(request: ApiRequest, error: unknown): error is NexoraMailError {
  if (!(error instanceof NexoraMailError) || !error.retryable) return false;
  // 429 is said before anything is done; after any other failure a POST without a key may have taken effect.
  return error.status === 429 || request.method !== 'POST' || request.idempotencyKey !== undefined;
}

function parseJson(body: string, status: number, requestId: string | null): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new InvalidResponseError('The server answered with something that is not JSON. Is the base URL that of NexoraMail?', { code: 'invalid_response', status, requestId, retryable: false, cause });
  }
}

function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : 'the server';
}

/** Resolves after `ms`; rejects with the signal's reason at once when it is aborted. */
function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
