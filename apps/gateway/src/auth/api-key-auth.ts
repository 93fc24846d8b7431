import type { IdentityService } from '@nexoramail/contracts';
import { API_SCOPES, AppError, hashApiKey, parseApiKey, type ApiScope, type Mode, type Monotonic } from '@nexoramail/kernel';
import { Coalescer, fromItemError } from '@nexoramail/platform';
import type { Caller } from './caller.js';

/** A revoked key is dead within 5 s: an answer serves for 4 s from asking, and nothing else evicts it (`flows.md` §4). */
const CACHE_MS = 4_000;
const CACHE_ENTRIES = 10_000;

interface Entry {
  readonly askedAt: number;
  readonly caller: Promise<Caller>;
}

const unauthorized = (detail: string): AppError => new AppError('unauthorized', detail);
const HOW = 'Send `Authorization: Bearer nxm_live_…` with an API key of this account.';

/** The key of an `Authorization` header; each wrong form has a text of its own. A key in the URL is refused before. */
export function keyOfHeader(header: string | undefined): string {
  if (header === undefined || header === '') throw unauthorized(`The request has no Authorization header. ${HOW}`);
  const [scheme = '', credentials, ...rest] = header.split(' ');
  if (scheme.toLowerCase() === 'basic') throw unauthorized(`Basic authentication is not supported. ${HOW}`);
  if (scheme.startsWith('nxm_')) throw unauthorized(`The word Bearer is missing before the key. ${HOW}`);
  if (scheme.toLowerCase() !== 'bearer' || !credentials || rest.length > 0) throw unauthorized(`The Authorization header is not of the form \`Bearer <key>\`. ${HOW}`);
  return credentials;
}

/** Turns API keys into callers; asks accounts in batches and remembers answers for {@link CACHE_MS}. */
export class ApiKeyAuth {
  private readonly cache = new Map<string, Entry>();
  private readonly asking: Coalescer<Uint8Array, Caller | AppError>;

  constructor(
    identity: Pick<IdentityService, 'authenticate'>,
    private readonly hashKey: Uint8Array,
    private readonly monotonic: Monotonic,
  ) {
    this.asking = new Coalescer({
      maxItems: 500,
      send: async (keyHashes) => {
        const { results } = await identity.authenticate({ keyHashes: [...keyHashes] as Buffer[] });
        return keyHashes.map((_, index) => {
          const result = results[index]?.result;
          if (result?.$case === 'ok') return toCaller(result.ok);
          if (result?.$case === 'refused') return unauthorized(`The API key is unknown, expired or revoked. ${HOW}`);
          return result?.$case === 'retry' ? fromItemError(result.retry) : new AppError('temporarily_unavailable', 'The key cannot be checked at the moment. Repeat the request.');
        });
      },
    });
  }

  /** The caller of a key, or `unauthorized`; `temporarily_unavailable` when accounts is away. */
  async authenticate(secret: string): Promise<Caller> {
    if (!parseApiKey(secret)) throw unauthorized(`That is not an API key of NexoraMail: check that it was copied whole. ${HOW}`);
    const hash = hashApiKey(this.hashKey, secret);
    const id = Buffer.from(hash).toString('base64');
    const known = this.cache.get(id);
    if (known && this.monotonic.now() - known.askedAt < CACHE_MS) return known.caller;
    const caller = this.ask(hash);
    this.remember(id, { askedAt: this.monotonic.now(), caller });
    caller.catch((error: unknown) => {
      // A definite no is worth remembering; an outage is not.
      if (!(error instanceof AppError) || error.code !== 'unauthorized') this.cache.delete(id);
    });
    return caller;
  }

  private async ask(hash: Uint8Array): Promise<Caller> {
    const answer = await this.asking.submit(hash);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  private remember(id: string, entry: Entry): void {
    this.cache.delete(id);
    this.cache.set(id, entry);
    if (this.cache.size > CACHE_ENTRIES) this.cache.delete(this.cache.keys().next().value ?? '');
  }
}

function toCaller(principal: { keyId: string; accountId: string; accountRef: bigint; mode: string; scopes: string[]; defaultCategory: string; plan: string }): Caller {
  const known = new Set<string>(API_SCOPES);
  return {
    kind: 'key',
    accountId: principal.accountId,
    accountRef: principal.accountRef,
    mode: principal.mode as Mode,
    credentialId: principal.keyId,
    scopes: new Set(principal.scopes.filter((scope): scope is ApiScope => known.has(scope))),
    defaultCategory: principal.defaultCategory,
    plan: principal.plan,
    userId: '',
    role: '',
  };
}
