import { expect, test } from '@jest/globals';
import { NexoraMail, type ApiRequest, type Email, type NexoraEvent, type Page } from '@nexoramail/sdk';
import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { emailsQuery } from '../features/messages/emails.query.js';
import { applyEvents } from './apply-events.js';

const email = (n: number, status: string): Email => ({ id: `em_${n}`, status, created_at: new Date(n * 1_000).toISOString() }) as Email;
const about = (id: string): NexoraEvent => ({ id: 'evt_1', type: 'email.delivered', timestamp: '', data: { email_id: id } }) as NexoraEvent;
/** Lets everything run that waits for nothing. */
const tick = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 0); });

/** A server of messages whose answers can be held back, and a list of them on the screen. */
function setup(rows: Email[], pageSize = 50) {
  const held: (() => void)[] = [];
  const state = { rows, hold: false, asked: [] as string[] };
  const request = async ({ path, query }: ApiRequest): Promise<unknown> => {
    state.asked.push(path);
    const from = Number(query?.get('after') ?? 0);
    const page: Page<Email> = { data: state.rows.slice(from, from + pageSize), has_more: from + pageSize < state.rows.length, next_cursor: String(from + pageSize) };
    const answer: unknown = path === '/v1/emails' ? page : state.rows.find(({ id }) => path.endsWith(id));
    if (state.hold) await new Promise<void>((resolve) => { held.push(resolve); });
    return structuredClone(answer);
  };
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } });
  const api = { mode: 'live', nexora: new NexoraMail(undefined, { transport: { request } }) } as const;
  const list = new InfiniteQueryObserver(client, emailsQuery(api, {}));
  const stop = list.subscribe(() => undefined);
  const shown = (): string[] => list.getCurrentResult().data?.pages.flatMap(({ data }) => data.map(({ id, status }) => `${id} ${status}`)) ?? [];
  return { state, held, client, api, list, shown, stop: () => { stop(); client.clear(); } };
}

test('a changed and a new message appear, and only the first page is read', async () => {
  const { state, client, api, shown, stop } = setup([email(2, 'queued'), email(1, 'delivered')]);
  await tick();
  state.rows = [email(3, 'queued'), email(2, 'delivered'), email(1, 'delivered')];
  state.asked.length = 0;
  await applyEvents(client, api, [about('em_2'), about('em_3')]);
  expect(shown()).toEqual(['em_3 queued', 'em_2 delivered', 'em_1 delivered']);
  expect(state.asked).toEqual(['/v1/emails']);
  stop();
});

test('a row behind the first page is read by itself', async () => {
  const { state, client, api, list, shown, stop } = setup([email(4, 'queued'), email(3, 'queued'), email(2, 'queued'), email(1, 'queued')], 2);
  await tick();
  await list.fetchNextPage();
  state.rows = state.rows.map((row) => (row.id === 'em_1' ? email(1, 'bounced') : row));
  state.asked.length = 0;
  await applyEvents(client, api, [about('em_1')]);
  expect(shown()).toEqual(['em_4 queued', 'em_3 queued', 'em_2 queued', 'em_1 bounced']);
  expect(state.asked).toEqual(['/v1/emails', '/v1/emails/em_1']);
  stop();
});

test('a renewal that began before the event does not bring the old row back', async () => {
  const { state, held, client, api, shown, stop } = setup([email(1, 'queued')]);
  await tick();
  state.hold = true;
  const renewal = client.refetchQueries();
  await tick();
  state.hold = false;
  state.rows = [email(1, 'delivered')];
  const applied = applyEvents(client, api, [about('em_1')]);
  await tick();
  held.forEach((answer) => answer());
  await Promise.all([renewal, applied]);
  expect(shown()).toEqual(['em_1 delivered']);
  stop();
});
