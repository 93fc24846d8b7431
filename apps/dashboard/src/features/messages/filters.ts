import type { EmailFilters, MessageStatus } from '@nexoramail/sdk';

/** Filters of the message list as they stand in the URL. */
export interface MessageSearch {
  readonly status?: readonly MessageStatus[];
  readonly recipient?: string;
  readonly tag?: string;
}

/** Groups of statuses that people look for. */
export const STATUS_GROUPS: readonly { readonly id: string; readonly label: string; readonly statuses: readonly MessageStatus[] }[] = [
  { id: 'any', label: 'Any status', statuses: [] },
  { id: 'moving', label: 'On the way', statuses: ['accepted', 'scheduled', 'held', 'queued', 'sending', 'delayed', 'processing'] },
  { id: 'delivered', label: 'Delivered', statuses: ['delivered'] },
  { id: 'partly', label: 'Partly delivered', statuses: ['partially_delivered'] },
  { id: 'delayed', label: 'Delayed', statuses: ['delayed'] },
  { id: 'bounced', label: 'Bounced', statuses: ['bounced'] },
  { id: 'failed', label: 'Failed or expired', statuses: ['failed', 'expired', 'rejected'] },
  { id: 'suppressed', label: 'Suppressed', statuses: ['suppressed'] },
  { id: 'canceled', label: 'Canceled', statuses: ['canceled'] },
];

const KNOWN = new Set<string>(STATUS_GROUPS.flatMap(({ statuses }) => statuses));

/** Filters from a query string; what is unknown or empty is left out. */
export function parseMessageSearch(search: Record<string, unknown>): MessageSearch {
  const status = [search['status']].flat().filter((one): one is MessageStatus => typeof one === 'string' && KNOWN.has(one));
  const recipient = text(search['recipient']);
  const tag = text(search['tag']);
  return { ...(status.length > 0 && { status: [...new Set(status)].sort() }), ...(recipient !== undefined && { recipient }), ...(tag !== undefined && { tag }) };
}

/** The group that a list of statuses is, or undefined when somebody wrote a mixture by hand. */
export function groupOf(status: readonly MessageStatus[] = []): string | undefined {
  const wanted = [...status].sort().join();
  return STATUS_GROUPS.find(({ statuses }) => [...statuses].sort().join() === wanted)?.id;
}

/** True when anything is filtered. */
export function isFiltered({ status, recipient, tag }: MessageSearch): boolean {
  return status !== undefined || recipient !== undefined || tag !== undefined;
}

/** The filters as the API takes them. */
export function toEmailFilters({ status, recipient, tag }: MessageSearch): EmailFilters {
  return { ...(status && { status }), ...(recipient !== undefined && { recipient }), ...(tag !== undefined && { tag }) };
}

function text(value: unknown): string | undefined {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed.slice(0, 320);
}
