import type { Webhook } from '@nexoramail/sdk';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Card, Copyable, EmptyState, ExactTime, Facts, Icon, LoadMore, Notice, PageFrame, QueryView, StatusBadge, Tag, Untrusted, visibleText } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { AttemptTable } from './attempt-table.js';
import { ResponseTimes } from './response-times.js';
import { WebhookActions } from './webhook-actions.js';
import { webhookAttemptsQuery, webhookQuery } from './webhooks.query.js';

const route = getRouteApi('/app/webhooks/$id');

/** One endpoint: what it gets, how it answers. */
export function WebhookPage(): ReactElement {
  const { id } = route.useParams();
  const query = useQuery(webhookQuery(useApi(), id));
  const back = <Link to="/webhooks"><Icon name="arrowLeft" /> Webhooks</Link>;
  const title = query.data ? visibleText(query.data.url) : 'Webhook';
  const heading = query.data && <span className="n-row"><bdi>{title}</bdi> <StatusBadge status={query.data.status} /></span>;
  return (
    <PageFrame title={title} heading={heading ?? title} back={back} actions={query.data && <WebhookActions webhook={query.data} />}>
      {query.data ? <Details webhook={query.data} /> : <Card><QueryView query={query}>{() => null}</QueryView></Card>}
    </PageFrame>
  );
}

function Details({ webhook }: { webhook: Webhook }): ReactElement {
  const attempts = useInfiniteQuery(webhookAttemptsQuery(useApi(), webhook.id));
  const rows = attempts.data?.pages.flatMap(({ data }) => data);
  return (
    <>
      {webhook.status !== 'active' && <Notice tone="warning" icon="pause">{webhook.status === 'paused' ? 'Paused: events wait until it is enabled.' : 'Disabled: nothing is posted until it is enabled.'} {webhook.status_reason !== null && <Untrusted>{webhook.status_reason}</Untrusted>}</Notice>}
      <Card padded>
        <Facts
          entries={[
            ['Description', webhook.description !== null && webhook.description !== '' ? <Untrusted>{webhook.description}</Untrusted> : null],
            ['Events', webhook.events.includes('*') ? 'All events' : <span className="n-row">{webhook.events.map((type) => <Tag key={type}>{type}</Tag>)}</span>],
            ['Added', <ExactTime key="at" at={webhook.created_at} />],
            ['Endpoint id', <Copyable key="id" text={webhook.id} label="Copy the endpoint id" />],
          ]}
        />
      </Card>
      {rows !== undefined && rows.length > 1 && <Card title="Response time" padded><ResponseTimes attempts={rows} /></Card>}
      <Card title="Posts">
        <QueryView query={{ ...attempts, data: rows }} empty={<EmptyState icon="send" title="Nothing was posted yet">Send a test event to see how your server answers.</EmptyState>}>
          {(shown) => (
            <>
              <AttemptTable attempts={shown} />
              <LoadMore noun={['post', 'posts']} shown={shown.length} hasMore={attempts.hasNextPage} isLoading={attempts.isFetchingNextPage} onMore={() => void attempts.fetchNextPage()} />
            </>
          )}
        </QueryView>
      </Card>
    </>
  );
}
