import type { Mode } from '@nexoramail/kernel';
import type { LeasedRecipient } from '../application/ports/deliver-ports.js';
import { replyOf } from './sql-values.js';

/** A row of the SQL type `leased`. */
export interface LeasedRow {
  readonly message_id: string;
  readonly n: number;
  readonly release_day: string;
  readonly account_id: string;
  readonly mode: Mode;
  readonly site: string;
  readonly state: number;
  readonly run_at: Date;
  readonly expires_at: Date;
  readonly tries: number;
  readonly unknowns: number;
  readonly sent: boolean;
  readonly reason: string;
  readonly last_reply: unknown;
  readonly screened_at: Date;
  readonly ordering_key: string | null;
  readonly account_ref: number;
  readonly source: 'rest' | 'smtp';
  readonly from_address: string;
  readonly from_header: string;
  readonly envelope_from: string;
  readonly reply_to: string[];
  readonly category: string;
  readonly tags: string[];
  readonly metadata: Record<string, string>;
  readonly message_id_header: string;
  readonly created_at: Date;
  readonly scheduled_at: Date | null;
  readonly domain_id: string;
  readonly domain: string;
  readonly return_path_domain: string;
  readonly selectors: string[];
  readonly domain_version: number;
  readonly sensitive: boolean;
  readonly require_tls: boolean;
  readonly smtputf8: boolean;
  readonly client: string;
  readonly content_kind: 'composed' | 'raw';
  readonly content_bytes: number;
  readonly recipients: number;
  readonly address: string;
  readonly wrapped: Buffer | null;
  readonly epoch_id: string | null;
}

/** The row as delivery works with it. */
export function toLeased(row: LeasedRow, token: string, leaseEndsAt: number): LeasedRecipient {
  return {
    token, leaseEndsAt,
    messageId: row.message_id, n: row.n, address: row.address, accountId: row.account_id, mode: row.mode, messageIdHeader: row.message_id_header,
    category: row.category, tags: row.tags, metadata: row.metadata, releaseDay: row.release_day, site: row.site, state: row.state, runAt: row.run_at,
    expiresAt: row.expires_at, tries: row.tries, unknowns: row.unknowns, sent: row.sent, reason: row.reason, lastReply: replyOf(row.last_reply),
    screenedAt: row.screened_at, ordered: row.ordering_key !== null, accountRef: row.account_ref, source: row.source, fromAddress: row.from_address,
    fromHeader: row.from_header, envelopeFrom: row.envelope_from, createdAt: row.scheduled_at ?? row.created_at, domainId: row.domain_id, domain: row.domain,
    returnPathDomain: row.return_path_domain, selectors: row.selectors, domainVersion: row.domain_version, sensitive: row.sensitive, requireTls: row.require_tls,
    smtputf8: row.smtputf8, client: row.client, contentKind: row.content_kind, contentBytes: row.content_bytes, recipients: row.recipients,
    wrapped: row.wrapped ?? undefined, epochId: row.epoch_id ?? '',
  };
}
