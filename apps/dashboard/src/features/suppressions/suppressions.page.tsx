import type { Suppression } from '@nexoramail/sdk';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { Badge, Card, DataTable, EmptyState, humanize, LoadMore, PageFrame, QueryView, RelativeTime, Untrusted, type Column } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useApi, type Api } from '../../api/use-api.js';

const COLUMNS: readonly Column<Suppression>[] = [
  { id: 'address', header: 'Address', slot: 'title', cell: ({ address }) => <strong><Untrusted>{address}</Untrusted></strong> },
  { id: 'reason', header: 'Reason', slot: 'aside', shrink: true, cell: ({ reason }) => <Badge tone={reason === 'manual' ? 'neutral' : reason === 'complaint' ? 'danger' : 'warning'}>{humanize(reason)}</Badge> },
  { id: 'scope', header: 'Holds for', slot: 'meta', cell: ({ scope, category }) => (scope === 'category' && category !== null ? category : 'All mail of the account') },
  { id: 'note', header: 'Note', lineLabel: '', cell: ({ note, locked }) => <>{note !== null && <Untrusted>{note}</Untrusted>}{locked && <span className="n-faint"> Only the recipient can undo it.</span>}</> },
  { id: 'since', header: 'Since', slot: 'meta', align: 'end', shrink: true, cell: ({ created_at: at }) => <span className="n-muted"><RelativeTime at={at} /></span> },
];

function suppressionsQuery({ nexora, mode }: Api) {
  return infiniteQueryOptions({
    queryKey: ['suppressions', mode],
    queryFn: ({ pageParam, signal }) => nexora.suppressions.list({ limit: 50, signal }).page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ has_more: hasMore, next_cursor: next }) => (hasMore && next !== null ? next : undefined),
  });
}

/** Addresses that are not mailed, and why. */
export function SuppressionsPage(): ReactElement {
  const query = useInfiniteQuery(suppressionsQuery(useApi()));
  return (
    <PageFrame title="Suppressions" lead="Mail to these addresses is not sent: it bounced for good, was marked as spam, or you asked for it.">
      <Card>
        <QueryView query={{ ...query, data: query.data?.pages.flatMap(({ data }) => data) }} empty={<EmptyState icon="ban" title="Nobody is suppressed">An address that bounces for good or complains is put here by itself, so that your reputation stays good.</EmptyState>}>
          {(rows) => (
            <>
              <DataTable label="Suppressions" columns={COLUMNS} rows={rows} rowId={({ id }) => id} />
              <LoadMore noun={['address', 'addresses']} shown={rows.length} hasMore={query.hasNextPage} isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
            </>
          )}
        </QueryView>
      </Card>
    </PageFrame>
  );
}
