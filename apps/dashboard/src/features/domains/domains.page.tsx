import type { Domain, DomainRecord } from '@nexoramail/sdk';
import { useQuery } from '@tanstack/react-query';
import { Card, Copyable, DataTable, Disclosure, EmptyState, humanize, PageFrame, QueryView, RelativeTime, StatusBadge, Untrusted, type Column } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { domainsQuery } from './domains.query.js';

const COLUMNS: readonly Column<DomainRecord>[] = [
  { id: 'purpose', header: 'Purpose', slot: 'title', cell: ({ purpose, required }) => <>{PURPOSES[purpose] ?? humanize(purpose)}{!required && <span className="n-faint"> (optional)</span>}</> },
  { id: 'status', header: 'Status', slot: 'aside', shrink: true, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'type', header: 'Type', shrink: true, cell: ({ type }) => <code>{type}</code> },
  { id: 'host', header: 'Host', width: '32%', cell: ({ host }) => <Copyable text={host} label="Copy the host" /> },
  { id: 'value', header: 'Value', width: '44%', cell: (record) => <RecordValue record={record} /> },
];

const PURPOSES: Readonly<Record<string, string>> = { dkim: 'DKIM', return_path: 'Return path', dmarc: 'DMARC', tracking: 'Tracking host' };

/** Sender domains and what DNS says of their records. */
export function DomainsPage(): ReactElement {
  const query = useQuery(domainsQuery(useApi()));
  return (
    <PageFrame title="Domains" lead="Mail leaves only from domains whose DNS records prove that they are yours.">
      <Card>
        <QueryView query={query} empty={<EmptyState icon="globe" title="No domain yet">Add one through the API with <code>POST /v1/domains</code>; the records to publish then appear here.</EmptyState>}>
          {(domains) => domains.map((domain) => <DomainEntry key={domain.id} domain={domain} isOpen={domains.length === 1 || domain.status !== 'verified'} />)}
        </QueryView>
      </Card>
    </PageFrame>
  );
}

function DomainEntry({ domain, isOpen }: { domain: Domain; isOpen: boolean }): ReactElement {
  const checked = domain.records.map(({ checked_at: at }) => at ?? '').sort().at(-1);
  return (
    <div className="domains__entry">
      <Disclosure isOpen={isOpen} heading={<span className="message__attempt"><strong><Untrusted>{domain.name}</Untrusted></strong><StatusBadge status={domain.status} />{checked && <span className="n-faint message__attempt-time">checked <RelativeTime at={checked} /></span>}</span>}>
        <div className="domains__records"><DataTable label={`DNS records of ${domain.name}`} columns={COLUMNS} rows={domain.records} rowId={({ purpose, host }) => `${purpose} ${host}`} /></div>
      </Disclosure>
    </div>
  );
}

function RecordValue({ record: { value, status, seen, fix } }: { record: DomainRecord }): ReactElement {
  return (
    <div className="domains__value">
      <Copyable text={value} label="Copy the value" />
      {status === 'mismatch' && seen.map((one) => <div key={one} className="n-faint">Found: <code><Untrusted>{one}</Untrusted></code></div>)}
      {fix && status !== 'ok' && <div className="n-muted">{fix}</div>}
    </div>
  );
}
