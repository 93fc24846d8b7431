import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Card, EmptyState, LoadMore, PageFrame, QueryView } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { emailsQuery } from './emails.query.js';
import { isFiltered, toEmailFilters } from './filters.js';
import { FirstMessage } from './first-message.js';
import { LiveBadge } from './live-badge.js';
import { MessageFilters } from './message-filters.js';
import { MessageTable } from './message-table.js';

const route = getRouteApi('/app/messages');

/** What was sent, newest first, changing as it happens. */
export function MessagesPage(): ReactElement {
  const search = route.useSearch();
  const query = useInfiniteQuery(emailsQuery(useApi(), toEmailFilters(search)));
  const rows = query.data?.pages.flatMap(({ data }) => data);
  return (
    <PageFrame title="Messages" heading={<span className="n-row">Messages <LiveBadge /></span>}>
      <MessageFilters value={search} />
      <Card>
        <QueryView query={{ ...query, data: rows }} skeletonRows={8} empty={isFiltered(search) ? <EmptyState icon="search" title="No message fits these filters">Loosen or clear them to see more.</EmptyState> : <FirstMessage />}>
          {(emails) => (
            <>
              <MessageTable emails={emails} />
              <LoadMore noun={['message', 'messages']} shown={emails.length} hasMore={query.hasNextPage} isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
            </>
          )}
        </QueryView>
      </Card>
    </PageFrame>
  );
}
