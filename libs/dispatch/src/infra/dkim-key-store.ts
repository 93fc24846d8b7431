import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Clock, Monotonic, Random } from '@nexoramail/kernel';
import { dkimRecord, exportDkimKey, generateDkimKey } from '@nexoramail/mail';
import { open, seal, type Database, type Statement } from '@nexoramail/platform';
import type { DkimKeyStore, DkimKeyWish, SigningKey } from '../application/ports/key-ports.js';

const FIND_RECORD: Statement = { name: 'dispatch_dkim_record', text: 'SELECT record FROM dkim_key WHERE domain_id = $1 AND selector = $2' };
const FIND_SEALED: Statement = { name: 'dispatch_dkim_sealed', text: 'SELECT sealed FROM dkim_key WHERE domain_id = $1 AND selector = $2' };
const ADD: Statement = {
  name: 'dispatch_dkim_add',
  text: `INSERT INTO dkim_key (domain_id, selector, account_id, domain, algorithm, record, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
};
const KEEP_MS = 60_000;
const KEEP_MISSING_MS = 2_000;
const MAX_CACHED = 5_000;

/** DKIM keys in Postgres, sealed under a key derived from the master key. A private key never leaves this class but as a `KeyObject`. */
export class PgDkimKeyStore implements DkimKeyStore {
  private readonly cache = new Map<string, { readonly key: Promise<KeyObject | undefined>; until: number }>();

  constructor(private readonly db: Database, private readonly wrappingKey: Uint8Array, private readonly clock: Clock, private readonly monotonic: Monotonic, private readonly random: Random) {}

  async findRecord(domainId: string, selector: string): Promise<string | undefined> {
    return (await this.db.query<{ record: string }>(FIND_RECORD, [domainId, selector])).rows[0]?.record;
  }

  async create({ accountId, domainId, domain, selector, algorithm }: DkimKeyWish): Promise<void> {
    const { privateKey, publicKey } = await generateDkimKey(algorithm === 'ed25519-sha256' ? 'ed25519' : 'rsa');
    const sealed = seal(this.wrappingKey, exportDkimKey(privateKey), aad(domainId, selector), this.random);
    await this.db.query(ADD, [domainId, selector, accountId, domain, algorithm, dkimRecord(publicKey).value, Buffer.from(sealed), this.clock.now()]);
  }

  async signingKey(domainId: string, selectors: readonly string[]): Promise<SigningKey | undefined> {
    for (const selector of selectors) {
      const key = await this.key(domainId, selector);
      if (key) return { selector, key };
    }
    return undefined;
  }

  /** Kept for a minute: reading a PEM or DER each time costs three times the signature. */
  private key(domainId: string, selector: string): Promise<KeyObject | undefined> {
    const name = `${domainId} ${selector}`;
    const cached = this.cache.get(name);
    if (cached && cached.until > this.monotonic.now()) return cached.key;
    const entry = { key: this.load(domainId, selector), until: this.monotonic.now() + KEEP_MS };
    this.cache.set(name, entry);
    if (this.cache.size > MAX_CACHED) for (const oldest of this.cache.keys()) { this.cache.delete(oldest); break; }
    entry.key.then((key) => { if (!key) entry.until = this.monotonic.now() + KEEP_MISSING_MS; }, () => this.cache.delete(name));
    return entry.key;
  }

  private async load(domainId: string, selector: string): Promise<KeyObject | undefined> {
    const [row] = (await this.db.query<{ sealed: Buffer }>(FIND_SEALED, [domainId, selector])).rows;
    return row && createPrivateKey({ key: Buffer.from(open(this.wrappingKey, row.sealed, aad(domainId, selector))), format: 'der', type: 'pkcs8' });
  }
}

const aad = (domainId: string, selector: string): Buffer => Buffer.from(`dkim ${domainId} ${selector}`);
