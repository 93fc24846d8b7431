import { AppError, type Clock, type Monotonic, type Random } from '@nexoramail/kernel';
import { open, seal, type Database, type Statement } from '@nexoramail/platform';

/** Unwrapped account keys stay in memory no longer (security.md S71). */
const LIFE_MS = 15 * 60_000;
const MAX_CACHED = 1_000;
const KEY_BYTES = 32;

const FIND: Statement = { name: 'dispatch_account_key', text: 'SELECT sealed FROM account_key WHERE account_id = $1' };
const ADD: Statement = { name: 'dispatch_account_key_add', text: 'INSERT INTO account_key (account_id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (account_id) DO NOTHING' };

/** The account keys, sealed in Postgres under a key derived from the master key. Made at an account's first message. */
export class AccountKeys {
  private readonly cache = new Map<string, { readonly key: Promise<Uint8Array>; readonly until: number }>();

  constructor(private readonly db: Database, private readonly wrappingKey: Uint8Array, private readonly clock: Clock, private readonly monotonic: Monotonic, private readonly random: Random) {}

  /** The account's key. Throws `temporarily_unavailable` when it is not cached and the database is away. */
  get(accountId: string): Promise<Uint8Array> {
    const cached = this.cache.get(accountId);
    if (cached && cached.until > this.monotonic.now()) return cached.key;
    const key = this.load(accountId);
    this.cache.set(accountId, { key, until: this.monotonic.now() + LIFE_MS });
    key.catch(() => this.cache.delete(accountId));
    if (this.cache.size > MAX_CACHED) for (const oldest of this.cache.keys()) { this.cache.delete(oldest); break; }
    return key;
  }

  private async load(accountId: string): Promise<Uint8Array> {
    const aad = Buffer.from(`account-key ${accountId}`);
    const found = await this.find(accountId);
    if (found) return open(this.wrappingKey, found, aad);
    await this.db.query(ADD, [accountId, Buffer.from(seal(this.wrappingKey, this.random.bytes(KEY_BYTES), aad, this.random)), this.clock.now()]);
    const stored = await this.find(accountId); // another replica may have been first
    if (!stored) throw new AppError('temporarily_unavailable', 'The content key could not be stored. Repeat the request.', { retryAfterS: 1 });
    return open(this.wrappingKey, stored, aad);
  }

  private async find(accountId: string): Promise<Buffer | undefined> {
    const { rows } = await this.db.query<{ sealed: Buffer }>(FIND, [accountId]);
    return rows[0]?.sealed;
  }
}
