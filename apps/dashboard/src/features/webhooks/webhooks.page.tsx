import type { Webhook } from '@nexoramail/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Card, DataTable, EmptyState, PageFrame, QueryView, RelativeTime, StatusBadge, Untrusted, type Column } from '@nexoramail/ui';
import { useState, type ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { CreateWebhookDialog } from './create-webhook-dialog.js';
import { describeEvents } from './event-types.js';
import { webhooksQuery } from './webhooks.query.js';

const COLUMNS: readonly Column<Webhook>[] = [
  {
    id: 'url', header: 'Endpoint', slot: 'title', sortBy: ({ url }) => url,
    cell: ({ id, url, description }) => <><Link to="/webhooks/$id" params={{ id }} className="n-table__link"><Untrusted>{url}</Untrusted></Link>{description !== null && <div className="n-muted"><Untrusted>{description}</Untrusted></div>}</>,
  },
  { id: 'status', header: 'Status', slot: 'aside', shrink: true, sortBy: ({ status }) => status, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'events', header: 'Events', slot: 'meta', lineLabel: '', cell: ({ events }) => <span className="n-muted">{describeEvents(events)}</span> },
  { id: 'created', header: 'Added', slot: 'meta', align: 'end', shrink: true, sortBy: ({ created_at: at }) => at, cell: ({ created_at: at }) => <span className="n-muted"><RelativeTime at={at} /></span> },
];

/** Endpoints that events are posted to. */
export function WebhooksPage(): ReactElement {
  const query = useQuery(webhooksQuery(useApi()));
  const [creating, setCreating] = useState(false);
  const add = <Button kind="primary" icon="plus" onPress={() => setCreating(true)}>Add endpoint</Button>;
  return (
    <PageFrame title="Webhooks" lead="Every event, posted to your server within moments, signed, and tried again for three days." actions={query.data?.length ? add : undefined}>
      <Card>
        <QueryView query={query} empty={<EmptyState icon="webhook" title="No endpoint yet" action={add}>Add the address of a server of yours. Each POST carries a signature that the SDK checks in one line.</EmptyState>}>
          {(webhooks) => <DataTable label="Webhook endpoints" linked columns={COLUMNS} rows={webhooks} rowId={({ id }) => id} />}
        </QueryView>
      </Card>
      <CreateWebhookDialog isOpen={creating} onClose={() => setCreating(false)} />
    </PageFrame>
  );
}
