import { AppError, type Monotonic } from '@nexoramail/kernel';
import { Coalescer, type Database, type Statement } from '@nexoramail/platform';
import type { Gates } from '../application/ports/accept-ports.js';
import type { StandingReader } from '../application/ports/deliver-ports.js';

const READ: Statement = { name: 'dispatch_standings', text: 'SELECT account_id, standing FROM gate WHERE account_id = ANY ($1)' };
const EXCEPTIONS: Statement = { name: 'dispatch_standing_exceptions', text: `SELECT account_id, standing FROM gate WHERE standing IN ('restricted', 'suspended', 'terminated')` };
const FRESH_MS = 900;
const MAX_CACHED = 20_000;

/** Standings from the gates, kept for less than a second: at most leased mail leaves after a change. */
export class PgStandingReader implements StandingReader {
  private readonly cache = new Map<string, { readonly standing: Promise<string>; readonly until: number }>();
  private readonly line: Coalescer<string, string | undefined>;

  constructor(private readonly db: Database, private readonly gates: Gates, private readonly monotonic: Monotonic) {
    this.line = new Coalescer({ send: (accountIds) => this.read(accountIds), maxWaitingItems: 20_000 });
  }

  standing(accountId: string): Promise<string> {
    const cached = this.cache.get(accountId);
    if (cached && cached.until > this.monotonic.now()) return cached.standing;
    const standing = this.ask(accountId);
    this.cache.delete(accountId);
    this.cache.set(accountId, { standing, until: this.monotonic.now() + FRESH_MS });
    standing.catch(() => this.cache.delete(accountId));
    if (this.cache.size > MAX_CACHED) for (const oldest of this.cache.keys()) { this.cache.delete(oldest); break; }
    return standing;
  }

  async exceptions(): Promise<{ accountId: string; standing: string }[]> {
    const { rows } = await this.db.query<{ account_id: string; standing: string }>(EXCEPTIONS);
    return rows.map(({ account_id: accountId, standing }) => ({ accountId, standing }));
  }

  private async ask(accountId: string): Promise<string> {
    const found = await this.line.submit(accountId);
    if (found !== undefined) return found;
    await this.gates.fetch(accountId); // a missing copy is fetched, never a refusal
    const fetched = await this.line.submit(accountId);
    if (fetched === undefined) throw new AppError('temporarily_unavailable', 'The account could not be looked up.', { retryAfterS: 1 });
    return fetched;
  }

  private async read(accountIds: readonly string[]): Promise<(string | undefined)[]> {
    const { rows } = await this.db.query<{ account_id: string; standing: string }>(READ, [[...new Set(accountIds)]]);
    const standings = new Map(rows.map(({ account_id: id, standing }) => [id, standing]));
    return accountIds.map((accountId) => standings.get(accountId));
  }
}
