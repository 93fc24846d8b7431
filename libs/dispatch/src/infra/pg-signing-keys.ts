import type { KeyObject } from 'node:crypto';
import type { Monotonic } from '@nexoramail/kernel';
import type { Database, Statement } from '@nexoramail/platform';
import type { SigningKey, SigningKeys } from '../application/ports/key-ports.js';
import { openDkimKey } from './sealed-dkim-key.js';

const FIND_SEALED: Statement = { name: 'dispatch_dkim_sealed', text: 'SELECT sealed FROM dkim_key WHERE domain_id = $1 AND selector = $2' };
const KEEP_MS = 60_000;
const KEEP_MISSING_MS = 2_000;
const MAX_CACHED = 5_000;

/** The keys that the worker signs with, read by the raw pool and kept for a minute. A private key leaves this class as a `KeyObject` only. */
export class PgSigningKeys implements SigningKeys {
  private readonly cache = new Map<string, { readonly key: Promise<KeyObject | undefined>; until: number }>();

  constructor(private readonly db: Database, private readonly wrappingKey: Uint8Array, private readonly monotonic: Monotonic) {}

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
    return row && openDkimKey(this.wrappingKey, domainId, selector, row.sealed);
  }
}
