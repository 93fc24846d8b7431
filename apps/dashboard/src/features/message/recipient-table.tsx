import type { EmailRecipient } from '@nexoramail/sdk';
import { Badge, DataTable, ExactTime, formatReply, humanize, RelativeTime, StatusBadge, Untrusted, type Column } from '@nexoramail/ui';
import type { ReactElement } from 'react';

const COLUMNS: readonly Column<EmailRecipient>[] = [
  { id: 'address', header: 'Address', slot: 'title', cell: ({ address }) => <strong className="message__address"><Untrusted>{address}</Untrusted></strong> },
  { id: 'status', header: 'Status', slot: 'aside', shrink: true, cell: ({ status, late_bounce: late }) => <span className="n-row"><StatusBadge status={status} />{late && <Badge tone="danger">Late bounce</Badge>}</span> },
  { id: 'reply', header: 'Last answer', slot: 'line', lineLabel: '', cell: (recipient) => <Answer recipient={recipient} /> },
  { id: 'attempts', header: 'Attempts', slot: 'meta', align: 'end', shrink: true, cell: ({ attempts }) => <span className="n-numeric">{attempts}</span> },
  { id: 'when', header: 'When', slot: 'meta', lineLabel: '', align: 'end', shrink: true, cell: (recipient) => <When recipient={recipient} /> },
];

/** Where each recipient stands, and the last words of its server. */
export function RecipientTable({ recipients }: { recipients: readonly EmailRecipient[] }): ReactElement {
  return <DataTable label="Recipients" columns={COLUMNS} rows={recipients} rowId={({ id }) => id} />;
}

function Answer({ recipient: { reason, last_smtp: reply } }: { recipient: EmailRecipient }): ReactElement {
  return (
    <>
      {reason && <div>{humanize(reason)}</div>}
      {reply && <div className="n-mono n-muted message__reply"><Untrusted>{formatReply(reply)}</Untrusted></div>}
      {!reason && !reply && <span className="n-faint">None yet</span>}
    </>
  );
}

function When({ recipient: { next_attempt_at: next, final_at: final } }: { recipient: EmailRecipient }): ReactElement {
  if (final) return <span className="n-muted"><ExactTime at={final} /></span>;
  return next ? <span className="n-muted">Next try <RelativeTime at={next} /></span> : <span className="n-faint">–</span>;
}
