import type { IdentityService, Principal } from '@nexoramail/contracts';
import { AppError, hashApiKey, parseApiKey, type Monotonic } from '@nexoramail/kernel';
import { Coalescer } from '../coalescer/coalescer.js';
import { fromItemError } from '../rpc/errors.js';

/** A revoked key is dead within 5 s: an answer serves for 4 s from asking, and nothing else evicts it (`flows.md` §4). */
const CACHE_MS = 4_000;
const CACHE_ENTRIES = 10_000;

interface Entry {
  readonly askedAt: number;
  readonly principal: Promise<Principal>;
}

const MALFORMED = 'That is not an API key of NexoraMail: check that it was copied whole.';
const UNKNOWN = 'The API key is unknown, expired or revoked.';

/** Turns API keys into principals, for both doors: asks accounts in batches and remembers answers for 4 s. */
export class KeyPrincipals {
  private readonly cache = new Map<string, Entry>();
  private readonly asking: Coalescer<Uint8Array, Principal | AppError>;

  /** `hashKey` is derived from the master key under the label `api-key`. */
  constructor(identity: Pick<IdentityService, 'authenticate'>, private readonly hashKey: Uint8Array, private readonly monotonic: Monotonic) {
    this.asking = new Coalescer({
      maxItems: 500,
      send: async (keyHashes) => {
        const { results } = await identity.authenticate({ keyHashes: keyHashes.map((hash) => Buffer.from(hash)) });
        return keyHashes.map((_, index) => {
          const result = results[index]?.result;
          if (result?.$case === 'ok') return result.ok;
          if (result?.$case === 'refused') return new AppError('unauthorized', UNKNOWN);
          return result?.$case === 'retry' ? fromItemError(result.retry) : new AppError('temporarily_unavailable', 'The key cannot be checked at the moment. Try again.');
        });
      },
    });
  }

  /** The principal of a key, or `unauthorized`; `temporarily_unavailable` when accounts is away: never taken for a no. */
  async authenticate(secret: string): Promise<Principal> {
    if (!parseApiKey(secret)) throw new AppError('unauthorized', MALFORMED);
    const hash = hashApiKey(this.hashKey, secret);
    const id = Buffer.from(hash).toString('base64');
    const known = this.cache.get(id);
    if (known && this.monotonic.now() - known.askedAt < CACHE_MS) return known.principal;
    const entry: Entry = { askedAt: this.monotonic.now(), principal: this.ask(hash) };
    this.remember(id, entry);
    entry.principal.catch((error: unknown) => {
      // A definite no is worth remembering; an outage is not.
      if ((!(error instanceof AppError) || error.code !== 'unauthorized') && this.cache.get(id) === entry) this.cache.delete(id);
    });
    return entry.principal;
  }

  private async ask(hash: Uint8Array): Promise<Principal> {
    const answer = await this.asking.submit(hash);
    if (answer instanceof AppError) throw answer;
    return answer;
  }

  private remember(id: string, entry: Entry): void {
    this.cache.delete(id);
    this.cache.set(id, entry);
    if (this.cache.size > CACHE_ENTRIES) this.cache.delete(this.cache.keys().next().value ?? '');
  }
}
