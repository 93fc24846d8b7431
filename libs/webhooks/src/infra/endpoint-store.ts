import type { WebhooksChange } from '@nexoramail/contracts';
import type { PageKey } from '@nexoramail/kernel';
import { viaPrisma, type Database, type Statement, type UnitOfWork } from '@nexoramail/platform';
import type { EndpointStore, SigningKey } from '../application/ports.js';
import type { Endpoint, EndpointChange, EndpointScope, EndpointStatus } from '../domain/endpoint.js';
import type { Endpoint as EndpointModel, PrismaClient } from './prisma/generated/client.js';
import type { SecretBox } from './secret-box.js';

// The limit's row is locked while endpoints are counted, so that creations side by side cannot pass it.
const LOCK_LIMIT: Statement = {
  name: 'endpoint_lock_limit',
  text: `INSERT INTO account_limit (account_id, version, webhooks) VALUES ($1, 0, 0)
    ON CONFLICT (account_id) DO UPDATE SET version = account_limit.version`,
};
const CREATE: Statement = {
  name: 'endpoint_create',
  text: `INSERT INTO endpoint (id, account_id, mode, url, events, description, status, status_reason, created_at)
    SELECT $1::uuid, $2::uuid, $3, $4, $5::text[], $6, 'active', '', $7
    WHERE $8 = 0 OR (SELECT count(*) FROM endpoint WHERE account_id = $2 AND mode = $3) < $8`,
};
const ADD_KEY: Statement = { name: 'endpoint_add_key', text: 'INSERT INTO secret (id, endpoint_id, sealed, created_at) VALUES ($1, $2, $3, $4)' };
const LOCK: Statement = { name: 'endpoint_lock', text: 'SELECT id FROM endpoint WHERE id = $1 AND account_id = $2 AND mode = $3 FOR UPDATE' };
const END_KEYS: Statement = {
  name: 'endpoint_end_keys',
  text: `WITH ended AS (DELETE FROM secret WHERE endpoint_id = $1 AND expires_at IS NOT NULL) UPDATE secret SET expires_at = $2 WHERE endpoint_id = $1 AND expires_at IS NULL`,
};
const REMOVE: Statement = { name: 'endpoint_remove', text: 'DELETE FROM endpoint WHERE id = $1 AND account_id = $2 AND mode = $3' };
const SET_STATUS: Statement = {
  name: 'endpoint_set_status',
  text: `UPDATE endpoint SET status = $4, status_reason = $5, failing_since = CASE WHEN $4 = 'active' THEN NULL ELSE failing_since END,
      throttled_until = CASE WHEN $4 = 'active' THEN NULL ELSE throttled_until END
    WHERE id = $1 AND account_id = $2 AND mode = $3 AND status <> $4`,
};
const DUE_NOW: Statement = { name: 'endpoint_due_now', text: 'UPDATE delivery SET run_at = $2 WHERE endpoint_id = $1 AND NOT exhausted AND run_at > $2 AND lease_token IS NULL' };

/** Endpoints and keys: reads and plain changes by Prisma; what must be one commit with the outbox, or count under a lock, by pg. */
export class PgEndpointStore implements EndpointStore {
  constructor(private readonly db: Database, private readonly work: UnitOfWork<WebhooksChange>, private readonly prisma: PrismaClient, private readonly box: SecretBox) {}

  async find({ accountId, mode }: EndpointScope, id: string): Promise<Endpoint | undefined> {
    const row = await viaPrisma(() => this.prisma.endpoint.findFirst({ where: { id, accountId, mode } }));
    return row ? toEndpoint(row) : undefined;
  }

  async list({ accountId, mode }: EndpointScope, before: PageKey | undefined, limit: number): Promise<Endpoint[]> {
    const rows = await viaPrisma(() => this.prisma.endpoint.findMany({
      where: { accountId, mode, ...(before && { OR: [{ createdAt: { lt: before.at } }, { createdAt: before.at, id: { lt: before.id } }] }) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
    }));
    return rows.map(toEndpoint);
  }

  async create(endpoint: Endpoint, key: SigningKey, limit: number): Promise<boolean> {
    const { id, accountId, mode, url, events, description, createdAt } = endpoint;
    return this.db.transaction(async (tx) => {
      await tx.query(LOCK_LIMIT, [accountId]);
      const { rowCount } = await tx.query(CREATE, [id, accountId, mode, url, events, description, createdAt, limit]);
      if (rowCount === 1) await tx.query(ADD_KEY, [key.id, id, this.box.seal(id, key), createdAt]);
      return rowCount === 1;
    });
  }

  async update({ accountId, mode }: EndpointScope, id: string, { url, events, description }: Partial<Pick<Endpoint, 'url' | 'events' | 'description'>>): Promise<Endpoint | undefined> {
    const { count } = await viaPrisma(() => this.prisma.endpoint.updateMany({
      where: { id, accountId, mode },
      data: { ...(url !== undefined && { url }), ...(events !== undefined && { events: [...events] }), ...(description !== undefined && { description }) },
    }));
    return count === 0 ? undefined : this.find({ accountId, mode }, id);
  }

  async remove(scope: EndpointScope, id: string, at: Date): Promise<boolean> {
    return this.work.run(at, async (tx, publish) => {
      const { rowCount } = await tx.query(REMOVE, [id, scope.accountId, scope.mode]);
      if (rowCount === 1) publish(changed(scope, id, 'deleted', '', at));
      return rowCount === 1;
    });
  }

  async rotate(scope: EndpointScope, id: string, key: SigningKey, now: Date, oldUntil: Date): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { rowCount } = await tx.query(LOCK, [id, scope.accountId, scope.mode]);
      if (rowCount === 0) return false;
      await tx.query(END_KEYS, [id, oldUntil]);
      await tx.query(ADD_KEY, [key.id, id, this.box.seal(id, key), now]);
      return true;
    });
  }

  async setStatus(scope: EndpointScope, id: string, status: EndpointStatus, reason: string, at: Date): Promise<Endpoint | undefined> {
    await this.work.run(at, async (tx, publish) => {
      const { rowCount } = await tx.query(SET_STATUS, [id, scope.accountId, scope.mode, status, reason]);
      if (rowCount === 0) return;
      if (status === 'active') await tx.query(DUE_NOW, [id, at]);
      publish(changed(scope, id, status, reason, at));
    });
    return this.find(scope, id);
  }
}

const changed = ({ accountId, mode }: EndpointScope, endpointId: string, status: EndpointStatus | 'deleted', reason: string, at: Date): EndpointChange =>
  ({ accountId, mode, endpointId, status, reason, at });

function toEndpoint({ id, accountId, mode, url, events, description, status, statusReason, createdAt }: EndpointModel): Endpoint {
  return { id, accountId, mode, url, events, description, status: status as EndpointStatus, statusReason, createdAt };
}
