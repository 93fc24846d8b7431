import { createHash } from 'node:crypto';

/** One decision in the audit log. */
export interface AuditEntry {
  /** Number in the chain, from 1 without a gap. */
  readonly seq: number;
  readonly at: Date;
  /** Undefined for decisions about no account. */
  readonly accountId: string | undefined;
  /** User id of who decided, or `system`. */
  readonly actor: string;
  /** What was done, such as `standing.set`. */
  readonly action: string;
  /** What it was done to. */
  readonly subject: string;
  /** JSON text, kept exactly as it was hashed. */
  readonly detail: string;
}

/** What the first entry follows. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

/** SHA-256 over the entry before and this one, each field with its length in front, so that no two entries read the same. Times to the millisecond. */
export function auditHash(previousHash: Uint8Array, entry: AuditEntry): Uint8Array {
  const hash = createHash('sha256').update('nexora-audit-1').update(previousHash);
  for (const field of [String(entry.seq), entry.at.toISOString(), entry.accountId ?? '', entry.actor, entry.action, entry.subject, entry.detail]) {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return Uint8Array.from(hash.digest());
}
