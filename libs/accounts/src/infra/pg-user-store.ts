import { AppError } from '@nexoramail/kernel';
import { isUniqueViolation, open, seal, viaPrisma, type Database, type Statement } from '@nexoramail/platform';
import type { FactorStore, FactorTry } from '../application/ports/factor-store.js';
import type { NewUser, UserCredentials, UserStore } from '../application/ports/user-store.js';
import { FACTOR_LOCK_FAILURES } from '../domain/sign-in-throttle.js';
import type { PrismaClient } from './prisma/generated/client.js';

const INSERT_USER: Statement = {
  name: 'accounts_insert_user',
  text: `INSERT INTO "user" (id, account_id, email, email_key, password_hash, role, created_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7::timestamptz) ON CONFLICT (id) DO NOTHING`,
};
const INSERT_FACTOR: Statement = { name: 'accounts_insert_factor', text: 'INSERT INTO factor (user_id, secret, created_at) VALUES ($1::uuid, $2::bytea, $3::timestamptz)' };
const BEGIN: Statement = {
  name: 'accounts_factor_begin',
  text: 'UPDATE factor SET failures = failures + 1 WHERE user_id = $1::uuid AND failures < $2::int RETURNING secret, last_step',
};
const TAKE: Statement = {
  name: 'accounts_factor_take',
  text: 'UPDATE factor SET failures = 0, last_step = $2::int8 WHERE user_id = $1::uuid AND last_step < $2::int8',
};

const FOREIGN_KEY = '23503';

/** People and their factors. TOTP secrets are sealed with a key derived from the master key, bound to their person. */
export class PgUserStore implements UserStore, FactorStore {
  constructor(private readonly prisma: PrismaClient, private readonly db: Database, private readonly sealKey: Uint8Array) {}

  async findByEmailKey(emailKey: string): Promise<UserCredentials | undefined> {
    const row = await viaPrisma(() => this.prisma.user.findUnique({ where: { emailKey }, include: { factor: { select: { userId: true } } } }));
    if (!row) return undefined;
    return { user: { id: row.id, accountId: row.accountId ?? undefined, email: row.email, role: row.role }, passwordHash: row.passwordHash, hasFactor: row.factor !== null };
  }

  async exists(userId: string): Promise<boolean> {
    return (await viaPrisma(() => this.prisma.user.count({ where: { id: userId } }))) > 0;
  }

  async create(user: NewUser): Promise<void> {
    try {
      await this.db.transaction(async (tx) => {
        const { rowCount } = await tx.query(INSERT_USER, [user.id, user.accountId ?? null, user.email, user.emailKey, user.passwordHash, user.role, user.createdAt]);
        if (rowCount > 0 && user.totpSecret) await tx.query(INSERT_FACTOR, [user.id, Buffer.from(seal(this.sealKey, user.totpSecret, aad(user.id))), user.createdAt]);
      });
    } catch (error) {
      if (isUniqueViolation(error, 'user_email_key_key')) throw new AppError('conflict', 'Someone signs in with this address already.', { cause: error });
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === FOREIGN_KEY) throw new AppError('not_found', 'There is no such account.', { cause: error });
      throw error;
    }
  }

  async begin(userId: string): Promise<FactorTry | undefined> {
    const { rows: [row] } = await this.db.query<{ secret: Buffer; last_step: number }>(BEGIN, [userId, FACTOR_LOCK_FAILURES]);
    return row && { secret: open(this.sealKey, row.secret, aad(userId)), lastStep: row.last_step };
  }

  async take(userId: string, step: number): Promise<boolean> {
    return (await this.db.query(TAKE, [userId, step])).rowCount === 1;
  }
}

const aad = (userId: string): Uint8Array => Buffer.from(`factor\0${userId}`);
