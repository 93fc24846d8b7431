/** One call of the API, without host and credentials. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** From the root, such as `/v1/emails`. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
  /** Makes a POST safe to repeat: sent as `Idempotency-Key`, the same on every try. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** For one try, body included. */
  readonly timeoutMs?: number;
}

/** Carries calls to a server: with an API key ({@link FetchTransport}), or over a session as our dashboard does. */
export interface Transport {
  /** The decoded JSON of a success, undefined for 204. Rejects with a NexoraMailError, or with the signal's reason once it is aborted. */
  request(request: ApiRequest): Promise<unknown>;
}

/** What a caller may set for one call. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** For one try; the client's value when absent. */
  timeoutMs?: number;
}

/** A {@link CallOptions} of a send: a key of your own makes it safe to repeat over restarts of your process. */
export interface SendOptions extends CallOptions {
  /** 1–255 printable ASCII characters, remembered 24 h. Made at random when absent. */
  idempotencyKey?: string;
}
