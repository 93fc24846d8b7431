import { isAppError, timeOfUuid, type Clock, type Mode, type RecipientStatus } from '@nexoramail/kernel';
import type { Database, Statement } from '@nexoramail/platform';
import type { MessageNow, MessageReader, RecipientNow } from '../application/ports/read-ports.js';
import { dayOf } from '../domain/submission.js';
import type { ContentCipher } from './content-cipher.js';
import { replyOf } from './sql-values.js';

/** `messages_of`: the id's own day first, then (for scheduled mail) the 30 after it. */
const READ: Statement = { name: 'dispatch_messages_of', text: 'SELECT * FROM messages_of($1, $2, $3, $4, $5)' };
const SCHEDULED_DAYS = 31;

interface Row {
  readonly id: string;
  readonly message_id_header: string;
  readonly from_header: string;
  readonly reply_to: string[];
  readonly subject: Buffer | null;
  readonly category: string;
  readonly tags: string[];
  readonly metadata: Record<string, string>;
  readonly created_at: Date;
  readonly scheduled_at: Date | null;
  readonly expires_at: Date;
  readonly source: string;
  readonly wrapped: Buffer | null;
  readonly epoch_id: string | null;
  readonly n: number;
  readonly address: string;
  readonly kind: string;
  readonly display_name: string;
  readonly status: string;
  readonly reason: string;
  readonly attempts: number;
  readonly last_reply: unknown;
  readonly final_at: Date | null;
  readonly late_bounce: boolean;
  readonly q_state: number | null;
  readonly q_tries: number | null;
  readonly q_run_at: Date | null;
  readonly q_expires_at: Date | null;
  readonly q_reason: string | null;
  readonly q_reply: unknown;
  readonly q_leased_until: Date | null;
}

/** Messages from dispatch's own rows: recipient rows tell the ends, queue rows what is still going on. */
export class PgMessageReader implements MessageReader {
  constructor(private readonly db: Database, private readonly cipher: ContentCipher, private readonly wall: Clock) {}

  async find(accountId: string, mode: Mode, ids: readonly string[]): Promise<MessageNow[]> {
    const found = await this.read(accountId, mode, ids, 0);
    const seen = new Set(found.map(({ id }) => id));
    const missing = ids.filter((id) => !seen.has(id));
    const rows = missing.length === 0 ? found : [...found, ...(await this.read(accountId, mode, missing, SCHEDULED_DAYS))];
    const byId = new Map<string, Row[]>();
    for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
    return Promise.all([...byId.values()].map((group) => this.message(accountId, mode, group)));
  }

  private async read(accountId: string, mode: Mode, ids: readonly string[], days: number): Promise<Row[]> {
    return (await this.db.query<Row>(READ, [accountId, mode, ids, ids.map((id) => dayOf(new Date(timeOfUuid(id)))), days])).rows;
  }

  private async message(accountId: string, mode: Mode, rows: readonly Row[]): Promise<MessageNow> {
    const [row] = rows;
    if (!row) throw new Error('A message has at least one recipient');
    const wall = this.wall.now();
    return {
      id: row.id, accountId, mode, messageIdHeader: row.message_id_header, fromHeader: row.from_header, replyTo: row.reply_to, subject: await this.subject(accountId, row),
      category: row.category, tags: row.tags, metadata: row.metadata, createdAt: row.created_at, scheduledAt: row.scheduled_at ?? undefined, expiresAt: row.expires_at,
      source: row.source, recipients: [...rows].sort((a, b) => a.n - b.n).map((one) => recipientOf(one, wall)),
    };
  }

  /** Nothing once the content or its key is gone. */
  private async subject(accountId: string, { id, subject, wrapped, epoch_id: epochId }: Row): Promise<string | undefined> {
    if (!subject || !wrapped || epochId === null) return undefined;
    try {
      return this.cipher.openSubject(accountId, id, await this.cipher.dataKey(accountId, id, epochId, wrapped), subject);
    } catch (error) {
      if (isAppError(error) && error.code === 'content_purged') return undefined;
      throw error;
    }
  }
}

function recipientOf(row: Row, wall: Date): RecipientNow {
  const common = { index: row.n, address: row.address, kind: row.kind, displayName: row.display_name, lateBounce: row.late_bounce };
  if (row.q_state === null) {
    return { ...common, status: row.status as RecipientStatus, reason: row.reason, attempts: row.attempts, nextAttemptAt: undefined, lastReply: replyOf(row.last_reply), finalAt: row.final_at ?? undefined };
  }
  const tries = row.q_tries ?? 0;
  const status = statusOf(row.q_state, tries, row.q_leased_until !== null && row.q_leased_until > wall);
  const next = row.q_run_at !== null && row.q_expires_at !== null && row.q_run_at < row.q_expires_at ? row.q_run_at : undefined;
  return {
    ...common, status, reason: row.q_reason ?? '', attempts: tries, nextAttemptAt: status === 'delayed' || status === 'scheduled' ? next : undefined,
    lastReply: replyOf(row.q_reply), finalAt: undefined,
  };
}

/** `sending` is the lease, `delayed` a queue row that was tried. */
function statusOf(state: number, tries: number, leased: boolean): RecipientStatus {
  if (leased) return 'sending';
  if (state === 1) return 'scheduled';
  if (state === 2) return 'held';
  return tries > 0 ? 'delayed' : 'queued';
}
