import { isEmailEvent, type Email, type NexoraEvent, type NexoraMail } from '@nexoramail/sdk';
import type { Query, QueryClient } from '@tanstack/react-query';
import { emailKeys, firstEmailPage } from '../features/messages/emails.query.js';
import type { Api } from '../api/use-api.js';
import { mergeFirstPage, replaceRows, type EmailPages } from './merge-emails.js';

/** More touched rows than this are not read one by one. */
const MAX_SINGLE_READS = 10;
/** Tries to lay fresh rows over a list that is being read at the same time; after them it is read anew. */
const MAX_ROUNDS = 3;

/** Brings what is on the screen up to the events: the touched messages, the lists that hold them, and the other lists that an event is about. */
export async function applyEvents(client: QueryClient, api: Api, events: readonly NexoraEvent[]): Promise<void> {
  const touched = new Set(events.filter(isEmailEvent).map(({ data }) => data.email_id));
  const renew: unknown[] = [...touched].map((id) => client.invalidateQueries({ queryKey: emailKeys.one(api.mode, id) }));
  if (events.some(({ type }) => type.startsWith('suppression.'))) renew.push(client.invalidateQueries({ queryKey: ['suppressions', api.mode] }));
  if (events.some(({ type }) => type.startsWith('domain.'))) renew.push(client.invalidateQueries({ queryKey: ['domains', api.mode] }));
  if (touched.size > 0) renew.push(renewLists(client, api, touched));
  await Promise.all(renew);
}

async function renewLists(client: QueryClient, { nexora, mode }: Api, touched: ReadonlySet<string>): Promise<void> {
  const lists = client.getQueryCache().findAll({ queryKey: emailKeys.lists(mode), type: 'active' });
  await Promise.all(lists.map((list) => renewList(client, nexora, list, touched)));
  // Lists out of sight are read again when they come back.
  void client.invalidateQueries({ queryKey: emailKeys.lists(mode), refetchType: 'none', type: 'inactive' });
}

async function renewList(client: QueryClient, nexora: NexoraMail, list: Query, touched: ReadonlySet<string>): Promise<unknown> {
  const { queryKey } = list;
  for (let n = 0; n < MAX_ROUNDS; n += 1) {
    // What is being fetched (a further page, a renewal) will be written over the rows as they were when it began: let it end first.
    await list.promise?.catch(() => undefined);
    const fresh = await firstEmailPage(nexora, queryKey);
    const loaded = client.getQueryData<EmailPages>(queryKey);
    const merged = loaded && mergeFirstPage(loaded, fresh);
    const behind = merged ? behindFirstPage(merged, touched) : [];
    if (!merged || behind.length > MAX_SINGLE_READS) break;
    const renewed = behind.length === 0 ? merged : replaceRows(merged, await readAll(nexora, behind));
    if (list.state.fetchStatus === 'idle' && client.getQueryData(queryKey) === loaded) return client.setQueryData(queryKey, renewed);
  }
  return client.invalidateQueries({ queryKey });
}

function behindFirstPage({ pages: [, ...rest] }: EmailPages, touched: ReadonlySet<string>): string[] {
  return rest.flatMap(({ data }) => data.map(({ id }) => id).filter((id) => touched.has(id)));
}

function readAll(nexora: NexoraMail, ids: readonly string[]): Promise<Email[]> {
  return Promise.all(ids.map((id) => nexora.emails.get(id)));
}
