import type { Sql, Statement } from '@nexoramail/platform';
import type { NewSession, SessionStore, SignedIn } from '../application/ports/session-store.js';
import type { SessionState } from '../domain/session.js';

const CREATE: Statement = {
  name: 'accounts_session_create',
  text: `INSERT INTO session (id, token_hash, user_id, state, created_at, seen_at, expires_at)
    VALUES ($1::uuid, $2::bytea, $3::uuid, $4, $5::timestamptz, $5::timestamptz, $6::timestamptz)`,
};
const FIND: Statement = {
  name: 'accounts_session_find',
  text: `SELECT s.id, s.user_id, s.state, s.created_at, s.seen_at, s.expires_at, u.email, u.role, u.account_id, a.ref, a.name, a.default_category, l.plan_id
    FROM session s JOIN "user" u ON u.id = s.user_id LEFT JOIN account a ON a.id = u.account_id LEFT JOIN limits l ON l.account_id = a.id
    WHERE s.token_hash = $1::bytea`,
};
// One statement: of two calls with one code, one finds the old session and makes the new one.
const ROTATE: Statement = {
  name: 'accounts_session_rotate',
  text: `WITH gone AS (DELETE FROM session WHERE token_hash = $1::bytea AND state = 'factor' RETURNING user_id)
    INSERT INTO session (id, token_hash, user_id, state, created_at, seen_at, expires_at)
    SELECT $2::uuid, $3::bytea, gone.user_id, $4, $5::timestamptz, $5::timestamptz, $6::timestamptz FROM gone`,
};
const TOUCH: Statement = { name: 'accounts_session_touch', text: 'UPDATE session SET seen_at = greatest(seen_at, $2::timestamptz) WHERE id = $1::uuid' };
const END: Statement = { name: 'accounts_session_end', text: 'DELETE FROM session WHERE token_hash = $1::bytea' };
const SWEEP: Statement = { name: 'accounts_session_sweep', text: 'DELETE FROM session WHERE expires_at <= $1::timestamptz' };

interface Row {
  id: string;
  user_id: string;
  state: SessionState;
  created_at: Date;
  seen_at: Date;
  expires_at: Date;
  email: string;
  role: string;
  account_id: string | null;
  ref: number | null;
  name: string | null;
  default_category: string | null;
  plan_id: string | null;
}

/** Sessions in Postgres: asked with every page of the dashboard, so raw. */
export class PgSessionStore implements SessionStore {
  constructor(private readonly db: Sql) {}

  async create(session: NewSession): Promise<void> {
    await this.db.query(CREATE, [session.id, Buffer.from(session.tokenHash), session.userId, session.state, session.createdAt, session.expiresAt]);
  }

  async find(tokenHash: Uint8Array): Promise<SignedIn | undefined> {
    const { rows: [row] } = await this.db.query<Row>(FIND, [Buffer.from(tokenHash)]);
    if (!row) return undefined;
    const { account_id: accountId, ref, name, default_category: defaultCategory, plan_id: plan } = row;
    return {
      session: { id: row.id, userId: row.user_id, state: row.state, createdAt: row.created_at, seenAt: row.seen_at, expiresAt: row.expires_at },
      user: { id: row.user_id, accountId: accountId ?? undefined, email: row.email, role: row.role },
      account: accountId !== null && ref !== null ? { id: accountId, ref, name: name ?? '', plan: plan ?? '', defaultCategory: defaultCategory ?? '' } : undefined,
    };
  }

  async rotate(oldHash: Uint8Array, session: NewSession): Promise<boolean> {
    const values = [Buffer.from(oldHash), session.id, Buffer.from(session.tokenHash), session.state, session.createdAt, session.expiresAt];
    return (await this.db.query(ROTATE, values)).rowCount === 1;
  }

  async touch(sessionId: string, at: Date): Promise<void> {
    await this.db.query(TOUCH, [sessionId, at]);
  }

  async end(tokenHash: Uint8Array): Promise<void> {
    await this.db.query(END, [Buffer.from(tokenHash)]);
  }

  async sweep(now: Date): Promise<number> {
    return (await this.db.query(SWEEP, [now])).rowCount;
  }
}
