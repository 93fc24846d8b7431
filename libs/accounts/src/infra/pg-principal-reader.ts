import type { Mode } from '@nexoramail/kernel';
import type { Sql, Statement } from '@nexoramail/platform';
import type { PrincipalReader } from '../application/ports/principal-reader.js';
import type { Principal } from '../domain/api-key.js';

const FIND: Statement = {
  name: 'accounts_principals',
  text: 'SELECT place, id, account_id, ref, mode, scopes, default_category, plan_id, expires_at FROM principals($1::bytea[], $2::timestamptz)',
};

interface Row {
  place: number;
  id: string;
  account_id: string;
  ref: number;
  mode: Mode;
  scopes: string[];
  default_category: string;
  plan_id: string;
  expires_at: Date | null;
}

/** Reads principals by their keys' hashes: hot, so raw and set-based. */
export class PgPrincipalReader implements PrincipalReader {
  constructor(private readonly db: Sql) {}

  async find(hashes: readonly Uint8Array[], now: Date): Promise<readonly (Principal | undefined)[]> {
    const { rows } = await this.db.query<Row>(FIND, [hashes.map((hash) => Buffer.from(hash)), now]);
    const found = new Array<Principal | undefined>(hashes.length).fill(undefined);
    for (const row of rows) {
      found[row.place - 1] = {
        keyId: row.id,
        accountId: row.account_id,
        accountRef: row.ref,
        mode: row.mode,
        scopes: row.scopes,
        defaultCategory: row.default_category,
        plan: row.plan_id,
        expiresAt: row.expires_at ?? undefined,
      };
    }
    return found;
  }
}
