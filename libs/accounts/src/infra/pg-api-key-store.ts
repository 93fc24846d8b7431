import type { AccountsChange } from '@nexoramail/contracts';
import { AppError, pageOf, type Mode, type Page } from '@nexoramail/kernel';
import { viaPrisma, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { ApiKeyStore } from '../application/ports/api-key-store.js';
import { MAX_LIVE_KEYS, type ApiKey } from '../domain/api-key.js';
import { apiKeyChanged } from './changes.js';
import type { ApiKey as Row, PrismaClient } from './prisma/generated/client.js';

const LOCK_ACCOUNT: Statement = { name: 'accounts_lock_account', text: 'SELECT id FROM account WHERE id = $1::uuid FOR UPDATE' };
const COUNT_LIVE: Statement = {
  name: 'accounts_count_keys',
  text: 'SELECT count(*)::int AS live FROM api_key WHERE account_id = $1::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2::timestamptz)',
};
const INSERT: Statement = {
  name: 'accounts_insert_key',
  text: `INSERT INTO api_key (id, account_id, mode, name, hash, prefix, scopes, created_at, expires_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5::bytea, $6, $7::text[], $8::timestamptz, $9::timestamptz)`,
};
const REVOKE: Statement = {
  name: 'accounts_revoke_key',
  text: 'UPDATE api_key SET revoked_at = $3::timestamptz WHERE account_id = $1::uuid AND id = $2::uuid AND revoked_at IS NULL',
};

/** API keys in Postgres: reads by Prisma, commits with their facts by raw statements. */
export class PgApiKeyStore implements ApiKeyStore {
  constructor(private readonly prisma: PrismaClient, private readonly work: UnitOfWork<AccountsChange>) {}

  async create(key: ApiKey, hash: Uint8Array): Promise<void> {
    await this.work.run(key.createdAt, async (tx, publish) => {
      // The lock makes the count exact when several create at once.
      const { rowCount } = await tx.query(LOCK_ACCOUNT, [key.accountId]);
      if (rowCount === 0) throw new AppError('not_found', 'There is no such account.');
      const { rows: [count] } = await tx.query<{ live: number }>(COUNT_LIVE, [key.accountId, key.createdAt]);
      if (count && count.live >= MAX_LIVE_KEYS) throw new AppError('conflict', `The account has ${MAX_LIVE_KEYS} live API keys. Revoke one first.`);
      await tx.query(INSERT, [key.id, key.accountId, key.mode, key.name, Buffer.from(hash), key.prefix, key.scopes, key.createdAt, key.expiresAt ?? null]);
      publish(apiKeyChanged(key.id, key.accountId, false, key.createdAt));
    });
  }

  async list(accountId: string, afterId: string | undefined, limit: number): Promise<Page<ApiKey>> {
    const rows = await viaPrisma(() => this.prisma.apiKey.findMany({
      where: { accountId, ...(afterId !== undefined && { id: { lt: afterId } }) },
      orderBy: { id: 'desc' },
      take: limit + 1,
    }));
    return pageOf(rows.map(toApiKey), limit);
  }

  async find(accountId: string, keyId: string): Promise<ApiKey | undefined> {
    const row = await viaPrisma(() => this.prisma.apiKey.findFirst({ where: { accountId, id: keyId } }));
    return row ? toApiKey(row) : undefined;
  }

  async revoke(accountId: string, keyId: string, at: Date): Promise<ApiKey | undefined> {
    await this.work.run(at, async (tx, publish) => {
      const { rowCount } = await tx.query(REVOKE, [accountId, keyId, at]);
      if (rowCount > 0) publish(apiKeyChanged(keyId, accountId, true, at));
    });
    return this.find(accountId, keyId);
  }
}

function toApiKey(row: Row): ApiKey {
  return {
    id: row.id,
    accountId: row.accountId,
    mode: row.mode as Mode,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.createdAt,
    lastUsedAt: row.lastUsedAt ?? undefined,
    expiresAt: row.expiresAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}
