import type { DomainChanged } from '@nexoramail/contracts';
import type { Monotonic } from '@nexoramail/kernel';
import type { Database, Sql, Statement } from '@nexoramail/platform';
import type { LeasedRecipient, SenderDomains, SigningFacts } from '../application/ports/deliver-ports.js';

const READ: Statement = { name: 'dispatch_sender_domain', text: 'SELECT name, selectors, return_path_domain, version, status, deleted FROM sender_domain WHERE domain_id = $1' };
const PUT: Statement = {
  name: 'dispatch_sender_domain_put',
  text: `INSERT INTO sender_domain (domain_id, account_id, name, status, selectors, return_path_domain, version, deleted) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (domain_id) DO UPDATE SET name = excluded.name, status = excluded.status, selectors = excluded.selectors,
      return_path_domain = excluded.return_path_domain, version = excluded.version, deleted = excluded.deleted
    WHERE sender_domain.version < excluded.version`,
};
const FRESH_MS = 1_000;
const MAX_CACHED = 5_000;

interface DomainRow {
  readonly name: string;
  readonly selectors: string[];
  readonly return_path_domain: string;
  readonly version: number;
  readonly status: string;
  readonly deleted: boolean;
}

/** Our copies of sender domains. A domain that may not sign any more has no selectors: its mail waits. */
export class PgSenderDomains implements SenderDomains {
  private readonly cache = new Map<string, { readonly row: Promise<DomainRow | undefined>; readonly until: number }>();

  constructor(private readonly db: Database, private readonly monotonic: Monotonic) {}

  async newer(row: LeasedRecipient): Promise<SigningFacts | undefined> {
    const copy = await this.read(row.domainId);
    if (!copy || copy.version <= row.domainVersion) return undefined;
    const usable = !copy.deleted && copy.status !== 'failed' && copy.status !== 'pending';
    return { domainId: row.domainId, domain: copy.name, returnPathDomain: copy.return_path_domain || row.returnPathDomain, selectors: usable ? copy.selectors : [] };
  }

  private read(domainId: string): Promise<DomainRow | undefined> {
    const cached = this.cache.get(domainId);
    if (cached && cached.until > this.monotonic.now()) return cached.row;
    const row = this.db.query<DomainRow>(READ, [domainId]).then(({ rows }) => rows[0]);
    this.cache.set(domainId, { row, until: this.monotonic.now() + FRESH_MS });
    row.catch(() => this.cache.delete(domainId));
    if (this.cache.size > MAX_CACHED) for (const oldest of this.cache.keys()) { this.cache.delete(oldest); break; }
    return row;
  }
}

/** A newer state of a domain into its copy. */
export async function applyDomain(tx: Sql, accountId: string, { domainId, name, status, selectors, returnPathDomain, version, deleted }: DomainChanged): Promise<void> {
  await tx.query(PUT, [domainId, accountId, name, status, selectors, returnPathDomain, version, deleted]);
}
