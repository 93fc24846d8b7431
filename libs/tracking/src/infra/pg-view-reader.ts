import type { PageKey } from '@nexoramail/kernel';
import type { Sql, Statement } from '@nexoramail/platform';
import type { MessageFilter, ViewReader } from '../application/ports.js';
import { dayOfMessage, type FeedScope, type MessageView } from '../domain/message-view.js';
import { mergeRecipients, RECIPIENT_COLUMNS, toView, VIEW_COLUMNS, type RecipientRow, type ViewRow } from './view-rows.js';

const BY_IDS: Statement = {
  name: 'views_by_ids',
  text: `SELECT ${VIEW_COLUMNS} FROM unnest($3::date[], $4::uuid[]) AS g (day, id) JOIN message_view m USING (day, id)
    WHERE m.account_id = $1 AND m.mode = $2 AND m.complete AND m.created_at >= $5`,
};
const RECIPIENTS: Statement = {
  name: 'views_recipients',
  text: `SELECT ${RECIPIENT_COLUMNS} FROM unnest($3::date[], $4::uuid[]) AS g (day, message_id) JOIN recipient_view r USING (day, message_id)
    WHERE r.account_id = $1 AND r.mode = $2`,
};

/** Reads of `message_view` and `recipient_view`. */
export class PgViewReader implements ViewReader {
  constructor(private readonly db: Sql) {}

  async list(scope: FeedScope, filter: MessageFilter, before: PageKey | undefined, limit: number): Promise<MessageView[]> {
    const { statement, values } = listStatement(scope, filter, before, limit);
    const { rows } = await this.db.query<ViewRow>(statement, values);
    return this.withRecipients(scope, rows);
  }

  async byIds(scope: FeedScope, ids: readonly string[], since: Date): Promise<MessageView[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.db.query<ViewRow>(BY_IDS, [scope.accountId, scope.mode, ids.map(dayOfMessage), ids, since]);
    return this.withRecipients(scope, rows);
  }

  private async withRecipients({ accountId, mode }: FeedScope, rows: readonly ViewRow[]): Promise<MessageView[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const recipients = await this.db.query<RecipientRow>(RECIPIENTS, [accountId, mode, ids.map(dayOfMessage), ids]);
    return mergeRecipients(rows.map(toView), recipients.rows);
  }
}

/**
 * One statement per combination of filters, named after it: each keeps a plan that begins at the index of its most selective filter
 * (recipient, then label, then the message's own) and reads in the order of the page.
 */
function listStatement({ accountId, mode }: FeedScope, filter: MessageFilter, before: PageKey | undefined, limit: number): { statement: Statement; values: unknown[] } {
  const values: unknown[] = [accountId, mode, limit, filter.createdFrom];
  const value = (item: unknown): string => `$${values.push(item)}`;
  const shape: string[] = [];
  const where = (name: string, condition: string): string => {
    shape.push(name);
    return ` AND ${condition}`;
  };
  const [driver, from, at, id] = driverOf(filter);
  // No partition is left out by time: `day` is that of the id, which need not be that of `created_at`; there are at most some fifteen.
  let text = `SELECT ${VIEW_COLUMNS} FROM ${from} WHERE ${driver}.account_id = $1 AND ${driver}.mode = $2 AND m.account_id = $1 AND m.mode = $2 AND m.complete
    AND ${driver}.created_at >= $4`;
  const [firstLabel, ...otherLabels] = filter.labels ?? [];
  if (filter.recipient !== undefined) text += where('r', `r.address_lower = ${value(filter.recipient.toLowerCase())}`);
  if (firstLabel !== undefined && driver === 'l') text += where('l', `l.label = ${value(firstLabel)}`);
  const labels = driver === 'l' ? otherLabels : (filter.labels ?? []);
  for (const label of labels) text += ` AND EXISTS (SELECT FROM message_label o WHERE o.day = m.day AND o.message_id = m.id AND o.label = ${value(label)})`;
  if (filter.statuses !== undefined) {
    const [only] = filter.statuses;
    text += filter.statuses.length === 1 ? where('s', `m.status = ${value(only)}`) : where('S', `m.status = ANY (${value(filter.statuses)}::text[])`);
  }
  if (filter.category !== undefined) text += where('c', `m.category = ${value(filter.category)}`);
  if (filter.templateId !== undefined) text += where('t', `m.template_id = ${value(filter.templateId)} AND m.template_id <> ''`);
  if (filter.domain !== undefined) text += where('d', `m.from_domain = ${value(filter.domain)}`);
  if (filter.createdTo !== undefined) text += where('b', `${driver}.created_at < ${value(filter.createdTo)}`);
  if (before !== undefined) text += where('p', `(${at}, ${id}) < (${value(before.at)}::timestamptz, ${value(before.id)}::uuid)`);
  text += ` ORDER BY ${at} DESC, ${id} DESC LIMIT $3`;
  return { statement: { name: `views_list_${driver}${labels.length}_${shape.join('')}`, text }, values };
}

function driverOf(filter: MessageFilter): [alias: string, from: string, at: string, id: string] {
  if (filter.recipient !== undefined) return ['r', 'recipient_view r JOIN message_view m ON m.day = r.day AND m.id = r.message_id', 'r.created_at', 'r.message_id'];
  if (filter.labels !== undefined) return ['l', 'message_label l JOIN message_view m ON m.day = l.day AND m.id = l.message_id', 'l.created_at', 'l.message_id'];
  return ['m', 'message_view m', 'm.created_at', 'm.id'];
}
