import type { Sql, Statement } from '@nexoramail/platform';
import { auditHash, CHAIN_START, type AuditEntry } from '../domain/audit-entry.js';

/** Held to the end of the transaction: entries are numbered and chained in the order of their commits. */
const LOCK: Statement = { name: 'compliance_audit_lock', text: 'SELECT pg_advisory_xact_lock(7270737000)' };
const LAST: Statement = { name: 'compliance_audit_last', text: 'SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1' };
const APPEND: Statement = {
  name: 'compliance_audit_append',
  text: `INSERT INTO audit_entry (seq, at, account_id, actor, action, subject, detail, previous_hash, hash)
    VALUES ($1::int8, $2::timestamptz, $3::uuid, $4, $5, $6, $7, $8::bytea, $9::bytea)`,
};

/** Tables that the administrator takes over after the migrations, so that the service can read and add only. */
export const APPEND_ONLY = ['audit_entry'] as const;

/** Takes the chain's lock; call it before other locks of the transaction, so that two never wait for one another. */
export async function lockAuditLog(tx: Sql): Promise<void> {
  await tx.query(LOCK);
}

/** Appends an entry in the caller's transaction, which must hold {@link lockAuditLog}. */
export async function appendAudit(tx: Sql, entry: Omit<AuditEntry, 'seq'>): Promise<AuditEntry> {
  const { rows: [last] } = await tx.query<{ seq: number; hash: Buffer }>(LAST);
  const previousHash = last?.hash ?? CHAIN_START;
  const numbered: AuditEntry = { ...entry, seq: (last?.seq ?? 0) + 1 };
  const { seq, at, accountId, actor, action, subject, detail } = numbered;
  await tx.query(APPEND, [seq, at, accountId ?? null, actor, action, subject, detail, Buffer.from(previousHash), Buffer.from(auditHash(previousHash, numbered))]);
  return numbered;
}
