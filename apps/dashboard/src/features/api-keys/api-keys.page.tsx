import type { ApiKey } from '@nexoramail/sdk';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Badge, Button, Card, ConfirmDialog, DataTable, EmptyState, errorFacts, PageFrame, parseTime, QueryView, RelativeTime, StatusBadge, Untrusted, useToast, type Column } from '@nexoramail/ui';
import { useMemo, useState, type ReactElement } from 'react';
import { allOf } from '../../api/all-of.js';
import { useApi, type Api } from '../../api/use-api.js';
import { CreateKeyDialog } from './create-key-dialog.js';
import { describeScopes } from './scopes.js';

function apiKeysQuery({ nexora, mode }: Api) {
  return queryOptions({ queryKey: ['api-keys', mode], queryFn: ({ signal }) => allOf(nexora.apiKeys.list({ limit: 100, signal })) });
}

/** Keys of the API and of SMTP. */
export function ApiKeysPage(): ReactElement {
  const query = useQuery(apiKeysQuery(useApi()));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const columns = useColumns(setRevoking);
  const create = <Button kind="primary" icon="plus" onPress={() => setCreating(true)}>Create key</Button>;
  return (
    <PageFrame title="API keys" lead="One key serves REST and SMTP. Give each application its own, with no more scopes than it needs." actions={query.data?.length ? create : undefined}>
      <Card>
        <QueryView query={query} empty={<EmptyState icon="key" title="No key yet" action={create}>Programs show who they are with a key. It is shown once, when you create it.</EmptyState>}>
          {(keys) => <DataTable label="API keys" columns={columns} rows={keys} rowId={({ id }) => id} />}
        </QueryView>
      </Card>
      <CreateKeyDialog isOpen={creating} onClose={() => setCreating(false)} />
      <RevokeDialog apiKey={revoking} onClose={() => setRevoking(undefined)} />
    </PageFrame>
  );
}

function useColumns(onRevoke: (key: ApiKey) => void): readonly Column<ApiKey>[] {
  return useMemo(() => [
    { id: 'name', header: 'Name', slot: 'title', sortBy: ({ name }) => name.toLowerCase(), cell: ({ name, prefix }) => <><strong><Untrusted>{name}</Untrusted></strong><div className="n-muted"><code>{prefix}…</code></div></> },
    { id: 'mode', header: 'Mode', slot: 'meta', sortBy: ({ mode }) => mode, shrink: true, cell: ({ mode }) => <Badge tone={mode === 'live' ? 'info' : 'warning'}>{mode === 'live' ? 'Live' : 'Test'}</Badge> },
    { id: 'scopes', header: 'May do', slot: 'meta', cell: ({ scopes }) => <span className="n-muted" title={scopes.join('\n')}>{describeScopes(scopes)}</span> },
    { id: 'used', header: 'Last used', slot: 'meta', shrink: true, sortBy: ({ last_used_at: at }) => at ?? '', cell: ({ last_used_at: at }) => <span className="n-muted">{at === null ? 'Never' : <RelativeTime at={at} />}</span> },
    { id: 'expires', header: 'Ends', slot: 'meta', shrink: true, cell: ({ expires_at: at }) => <span className="n-muted">{at === null ? 'Never' : <RelativeTime at={at} />}</span> },
    { id: 'created', header: 'Created', slot: 'hidden', shrink: true, align: 'end', sortBy: ({ created_at: at }) => at, cell: ({ created_at: at }) => <span className="n-muted"><RelativeTime at={at} /></span> },
    { id: 'action', header: '', slot: 'aside', shrink: true, align: 'end', cell: (key) => <KeyEnd apiKey={key} onRevoke={onRevoke} /> },
  ], [onRevoke]);
}

function KeyEnd({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: (key: ApiKey) => void }): ReactElement {
  const [openedAt] = useState(() => Date.now());
  if (apiKey.revoked_at !== null) return <StatusBadge status="revoked" />;
  const ends = parseTime(apiKey.expires_at);
  if (ends !== undefined && ends < openedAt) return <StatusBadge status="expired" />;
  return <Button small onPress={() => onRevoke(apiKey)} aria-label={`Revoke ${apiKey.name}`}>Revoke</Button>;
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey | undefined; onClose: () => void }): ReactElement {
  const { nexora } = useApi();
  const client = useQueryClient();
  const toast = useToast();
  const revoke = useMutation({
    mutationFn: (id: string) => nexora.apiKeys.revoke(id),
    onSuccess: async () => {
      onClose();
      toast('success', 'The key is revoked. It stops working everywhere within five seconds.');
      await client.invalidateQueries({ queryKey: ['api-keys'] });
    },
    onError: (error) => toast('danger', errorFacts(error).detail),
  });
  return (
    <ConfirmDialog title="Revoke this key?" action="Revoke key" isOpen={apiKey !== undefined} isPending={revoke.isPending} onClose={onClose} onConfirm={() => { if (apiKey) revoke.mutate(apiKey.id); }}>
      Programs that use <strong><Untrusted>{apiKey?.name ?? ''}</Untrusted></strong> are refused from then on. This cannot be undone.
    </ConfirmDialog>
  );
}
