import type { Email } from '@nexoramail/sdk';
import { Link } from '@tanstack/react-router';
import { DataTable, RelativeTime, StatusBadge, Tag, Untrusted, type Column } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useFreshIds } from './use-fresh-ids.js';

const COLUMNS: readonly Column<Email>[] = [
  { id: 'to', header: 'To', slot: 'title', cell: (email) => <Title email={email} /> },
  { id: 'status', header: 'Status', slot: 'aside', shrink: true, cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'category', header: 'Category', slot: 'meta', lineLabel: '', cell: ({ category, tags }) => <span className="n-row"><span className="n-muted">{category}</span>{tags.slice(0, 3).map((tag) => <Tag key={tag}>{tag}</Tag>)}</span> },
  { id: 'created', header: 'Accepted', slot: 'meta', lineLabel: '', align: 'end', shrink: true, cell: (email) => <span className="n-muted"><RelativeTime at={email.created_at} /></span> },
];

/** The rows of the message list; one that is new or has changed is lit for a moment. */
export function MessageTable({ emails }: { emails: readonly Email[] }): ReactElement {
  return <DataTable label="Messages" linked columns={COLUMNS} rows={emails} rowId={({ id }) => id} freshIds={useFreshIds(emails)} />;
}

function Title({ email }: { email: Email }): ReactElement {
  const [first, ...others] = email.recipients;
  return (
    <>
      <Link to="/messages/$id" params={{ id: email.id }} className="n-table__link">
        <Untrusted>{first?.address ?? email.id}</Untrusted>
      </Link>
      {others.length > 0 && <span className="n-faint"> and {others.length} more</span>}
      <div className="messages__subject n-muted">{email.subject === null ? <span className="n-faint">Subject purged</span> : <Untrusted>{email.subject || '(no subject)'}</Untrusted>}</div>
    </>
  );
}
