import { AppError, timeOfUuid, type Mode } from '@nexoramail/kernel';
import { formatMailbox } from '@nexoramail/mail';
import type { Database, Statement } from '@nexoramail/platform';
import type { ContentReader, MessageContent, StoredContent } from '../application/read/get-content.js';
import { dayOf } from '../domain/submission.js';
import { decodeComposed } from './composed-content.js';
import type { ContentCipher } from './content-cipher.js';
import { readMime } from './mime-content.js';

const DAYS_AHEAD = 31;
const FIND: Statement = {
  name: 'dispatch_content_find',
  text: `SELECT m.release_day, m.sensitive, m.content_kind, k.wrapped, k.epoch_id FROM message m LEFT JOIN content_key k ON k.message_id = m.id
    WHERE m.release_day >= $4::date AND m.release_day <= $4::date + ${DAYS_AHEAD} AND m.id = $3 AND m.account_id = $1 AND m.mode = $2`,
};
const FRAMES: Statement = { name: 'dispatch_content_read', text: 'SELECT bytes FROM content_of(ARRAY[$1::uuid], ARRAY[$2::date])' };

interface Row {
  readonly release_day: string;
  readonly sensitive: boolean;
  readonly content_kind: 'composed' | 'raw';
  readonly wrapped: Buffer | null;
  readonly epoch_id: string | null;
}

const purged = (): AppError => new AppError('content_purged', 'The content has been purged: it is kept for less than a day after the last recipient is final.');

/** Content from dispatch's own rows, opened only when it is asked for. */
export class PgContentReader implements ContentReader {
  constructor(private readonly db: Database, private readonly cipher: ContentCipher) {}

  async find(accountId: string, mode: Mode, messageId: string): Promise<StoredContent | undefined> {
    const { rows: [row] } = await this.db.query<Row>(FIND, [accountId, mode, messageId, dayOf(new Date(timeOfUuid(messageId)))]);
    return row && { sensitive: row.sensitive, open: () => this.open(accountId, messageId, row) };
  }

  private async open(accountId: string, messageId: string, { release_day: day, content_kind: kind, wrapped, epoch_id: epochId }: Row): Promise<MessageContent> {
    if (!wrapped || epochId === null) throw purged();
    const { rows } = await this.db.query<{ bytes: Buffer }>(FRAMES, [messageId, day]);
    if (rows.length === 0) throw purged();
    const key = await this.cipher.dataKey(accountId, messageId, epochId, wrapped);
    const content = this.cipher.openContent(accountId, messageId, key, rows.map(({ bytes }) => bytes));
    return kind === 'raw' ? readMime(content) : composedContent(content);
  }
}

function composedContent(bytes: Uint8Array): MessageContent {
  const { from, subject, recipients, composed } = decodeComposed(bytes);
  const of = (kind: string): string[] => recipients.filter((recipient) => recipient.kind === kind).map(({ address, displayName }) => formatMailbox({ email: address, displayName }));
  return {
    from, to: of('to'), cc: of('cc'), subject, html: composed.html, text: composed.text,
    headers: [...(composed.replyTo.length > 0 ? [{ name: 'Reply-To', value: composed.replyTo.join(', ') }] : []), ...composed.headers],
    attachments: composed.attachments.map(({ filename, contentType, contentId, content }) => ({ filename, contentType, contentId, size: content.length })),
  };
}
