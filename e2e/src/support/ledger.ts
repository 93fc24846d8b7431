import type { RecipientJson, Stack } from './stack.js';
import { until } from './wait.js';

/** A message whose 202 the client saw. */
export interface LedgerEntry {
  readonly id: string;
  readonly to: string;
}

/** What the ledger found (`security.md` §3). */
export interface LedgerReport {
  readonly accepted: number;
  readonly sunk: number;
  /** Copies at the sink beyond the first of each message. */
  readonly duplicates: number;
  readonly lost: readonly string[];
  /** Messages whose recipient has not exactly one terminal event. */
  readonly unsettled: readonly string[];
}

const OPEN = new Set(['accepted', 'queued', 'sending', 'delayed', 'scheduled', 'held', 'processing']);
const TERMINAL = new Set(['email.delivered', 'email.bounced', 'email.failed', 'email.expired', 'email.suppressed', 'email.canceled', 'email.rejected']);

/** Waits until every accepted message is final, then compares what was accepted with what the sink holds and what the feed says. */
export async function ledger(stack: Stack, entries: readonly LedgerEntry[], limitMs = 120_000): Promise<LedgerReport> {
  await until('every accepted message to be final', async () => {
    const open = await openOnes(stack, entries);
    return open === 0;
  }, limitMs);
  const copies = new Map<string, number>();
  for (const { envelope_to: to } of await stack.inbox()) copies.set(to, (copies.get(to) ?? 0) + 1);
  const terminal = await until('a terminal event of each', async () => {
    const found = await terminalEvents(stack);
    return entries.every(({ id }) => found.has(id)) && found;
  });
  return {
    accepted: entries.length,
    sunk: entries.filter(({ to }) => copies.has(to)).length,
    duplicates: entries.reduce((sum, { to }) => sum + Math.max(0, (copies.get(to) ?? 0) - 1), 0),
    lost: entries.filter(({ to }) => !copies.has(to)).map(({ id }) => id),
    unsettled: entries.filter(({ id }) => terminal.get(id) !== 1).map(({ id }) => id),
  };
}

async function openOnes(stack: Stack, entries: readonly LedgerEntry[]): Promise<number> {
  const wanted = new Set(entries.map(({ id }) => id));
  let open = wanted.size;
  for (let after = ''; ;) {
    const { status, body } = await stack.api('GET', `/v1/emails?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`);
    if (status !== 200) throw new Error(`The list answered ${status}: ${JSON.stringify(body)}`);
    const { data, next_cursor: next } = body as { data: { id: string; status: string; recipients: RecipientJson[] }[]; next_cursor: string | null };
    for (const message of data) if (wanted.has(message.id) && !OPEN.has(message.status)) open -= 1;
    if (next === null) return open;
    after = next;
  }
}

async function terminalEvents(stack: Stack): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  for (let after = ''; ;) {
    const { body } = await stack.api('GET', `/v1/events?limit=100${after === '' ? '' : `&after=${after}`}`);
    const { data, has_more: more, next_cursor: next } = body as { data: { id: string; seq: number; type: string; data: { email_id: string } }[]; has_more: boolean; next_cursor: string };
    for (const event of data) {
      if (seen.has(event.id)) throw new Error(`The feed repeats ${event.id}`);
      seen.add(event.id);
      if (TERMINAL.has(event.type)) counts.set(event.data.email_id, (counts.get(event.data.email_id) ?? 0) + 1);
    }
    after = next;
    if (!more) return counts;
  }
}
