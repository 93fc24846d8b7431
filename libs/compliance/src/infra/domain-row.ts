import type { DomainRecord, RecordPurpose, RecordStatus } from '../domain/dns-records.js';
import type { DomainState, SenderDomain } from '../domain/sender-domain.js';
import type { DnsRecord, Domain } from './prisma/generated/client.js';

/** Columns of a domain as raw statements read them. */
export interface DomainRow {
  id: string;
  account_id: string;
  name: string;
  state: DomainState;
  version: number;
  selectors: string[];
  return_path_domain: string;
  created_at: Date;
  verified_at: Date | null;
  degraded_at: Date | null;
}

/** A domain without its records, from a raw row. */
export function fromRow(row: DomainRow): Omit<SenderDomain, 'records'> {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    state: row.state,
    version: row.version,
    selectors: row.selectors,
    returnPathDomain: row.return_path_domain,
    createdAt: row.created_at,
    verifiedAt: row.verified_at ?? undefined,
    degradedAt: row.degraded_at ?? undefined,
  };
}

const ORDER: Readonly<Record<RecordPurpose, number>> = { dkim: 0, return_path: 1, dmarc: 2, tracking: 3 };

/** A domain with its records, from Prisma. */
export function fromPrisma({ records, ...row }: Domain & { records: DnsRecord[] }): SenderDomain {
  return {
    id: row.id,
    accountId: row.accountId,
    name: row.name,
    state: row.state as DomainState,
    version: Number(row.version),
    selectors: row.selectors,
    returnPathDomain: row.returnPathDomain,
    createdAt: row.createdAt,
    verifiedAt: row.verifiedAt ?? undefined,
    degradedAt: row.degradedAt ?? undefined,
    records: records.map(toRecord).sort((a, b) => ORDER[a.purpose] - ORDER[b.purpose]),
  };
}

function toRecord(row: DnsRecord): DomainRecord {
  return {
    purpose: row.purpose as RecordPurpose,
    type: row.type as DomainRecord['type'],
    host: row.host,
    value: row.value,
    required: row.required,
    status: row.status as RecordStatus,
    seen: row.seen,
    checkedAt: row.checkedAt ?? undefined,
    fix: row.fix,
  };
}
