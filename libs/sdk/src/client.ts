import { UnauthorizedError } from './errors.js';
import { FetchTransport } from './http/fetch-transport.js';
import type { CallOptions, Transport } from './http/transport.js';
import { toObject } from './pages.js';
import { ApiKeys, Domains, Suppressions } from './resources/account.js';
import { Emails } from './resources/emails.js';
import { Events } from './resources/events.js';
import { Webhooks } from './resources/webhooks.js';
import type { Me } from './types/account.js';
import { verifyWebhook } from './webhooks/verify.js';

/** Where the embedded default listens. */
export const DEFAULT_BASE_URL = 'http://127.0.0.1:8080';

/** How the client reaches its server. */
export interface NexoraMailOptions {
  /** The API's origin, without `/v1`. Default: `NEXORA_API_URL` of the environment, else the embedded default. */
  baseUrl?: string;
  /** Another `fetch`, for a proxy or a test. */
  fetch?: typeof fetch;
  /** Tries after the first one. Default 3. */
  maxRetries?: number;
  /** For one try, body included. Default 30,000. */
  timeoutMs?: number;
  /** Replaces key and fetch altogether: then none of the above is used. */
  transport?: Transport;
}

/** The client of one NexoraMail account. Keep one for all calls; it holds no connection of its own. */
export class NexoraMail {
  /** For the receiving side: needs no key and no client. */
  static readonly webhooks = { verify: verifyWebhook } as const;

  readonly emails: Emails;
  readonly events: Events;
  readonly webhooks: Webhooks;
  readonly domains: Domains;
  readonly suppressions: Suppressions;
  readonly apiKeys: ApiKeys;
  readonly #transport: Transport;

  /** `apiKey`: `nxm_live_…` or `nxm_test_…`; default `NEXORA_API_KEY` of the environment. Throws UnauthorizedError when there is none. */
  constructor(apiKey?: string, options: NexoraMailOptions = {}) {
    this.#transport = options.transport ?? withKey(apiKey, options);
    this.emails = new Emails(this.#transport);
    this.events = new Events(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.domains = new Domains(this.#transport);
    this.suppressions = new Suppressions(this.#transport);
    this.apiKeys = new ApiKeys(this.#transport);
  }

  /** Who the key belongs to, and what it may do. */
  async me(options: CallOptions = {}): Promise<Me> {
    return toObject<Me>(await this.#transport.request({ method: 'GET', path: '/v1/me', ...options }));
  }
}

function withKey(apiKey: string | undefined, { baseUrl, maxRetries, timeoutMs, fetch: call }: NexoraMailOptions): FetchTransport {
  const key = (apiKey ?? variable('NEXORA_API_KEY'))?.trim();
  if (!key) throw refuse('No API key was given. Pass one, or set NEXORA_API_KEY.');
  // `fetch` would refuse it too, but with the key in its message.
  if (!/^[\x21-\x7e]+$/.test(key)) throw refuse('The API key holds characters that no key has.');
  return new FetchTransport({
    baseUrl: baseUrl ?? variable('NEXORA_API_URL') ?? DEFAULT_BASE_URL,
    headers: () => ({ Authorization: `Bearer ${key}`, 'User-Agent': 'nexoramail-sdk/0.1.0' }),
    ...(call !== undefined && { fetch: call }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}

function refuse(message: string): UnauthorizedError {
  return new UnauthorizedError(message, { code: 'unauthorized', status: null, requestId: null, retryable: false });
}

/** A variable of the environment, where there is one: browsers and workers have none. */
function variable(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}
