import { FetchTransport, UnauthorizedError, type ApiRequest, type FetchTransportOptions, type Mode, type Transport } from '@nexoramail/sdk';

/** What {@link SessionTransport} asks for at each call. */
export interface SessionTransportOptions extends Pick<FetchTransportOptions, 'fetch' | 'sleep'> {
  readonly mode: Mode;
  /** The session's CSRF token, which writes must carry; undefined before the session is known. */
  readonly csrf: () => string | undefined;
  /** Told when the server says that nobody is signed in. */
  readonly onUnauthorized: () => void;
  readonly baseUrl?: string;
}

/** Calls `/v1` with the session's cookie in place of an API key. */
export class SessionTransport implements Transport {
  readonly #inner: FetchTransport;
  readonly #onUnauthorized: () => void;

  constructor({ mode, csrf, onUnauthorized, baseUrl = '', ...rest }: SessionTransportOptions) {
    this.#onUnauthorized = onUnauthorized;
    this.#inner = new FetchTransport({
      ...rest, baseUrl, credentials: 'same-origin', maxRetries: 2,
      headers: ({ method }) => ({ 'X-Nexora-Mode': mode, ...(method !== 'GET' && { 'X-Nexora-Csrf': csrf() ?? '' }) }),
    });
  }

  async request(request: ApiRequest): Promise<unknown> {
    try {
      return await this.#inner.request(request);
    } catch (error) {
      if (error instanceof UnauthorizedError) this.#onUnauthorized();
      throw error;
    }
  }
}
