import type { WebhookAttempt } from '@nexoramail/sdk';
import { Badge, CodeBlock, Copyable, DataTable, Dialog, ExactTime, Facts, formatDuration, RelativeTime, Untrusted, type Column, type Tone } from '@nexoramail/ui';
import { useMemo, useState, type ReactElement } from 'react';

/** Every POST to an endpoint; one opens to show what the server answered. */
export function AttemptTable({ attempts }: { attempts: readonly WebhookAttempt[] }): ReactElement {
  const [open, setOpen] = useState<WebhookAttempt>();
  const columns = useMemo((): readonly Column<WebhookAttempt>[] => [
    { id: 'event', header: 'Event', slot: 'title', cell: (attempt) => <button type="button" className="n-table__link linklike" onClick={() => setOpen(attempt)}>{attempt.event_type}</button> },
    { id: 'status', header: 'Answer', slot: 'aside', shrink: true, cell: (attempt) => <AnswerBadge attempt={attempt} /> },
    { id: 'n', header: 'Try', slot: 'meta', align: 'end', shrink: true, cell: ({ n }) => <span className="n-numeric">{n}</span> },
    { id: 'duration', header: 'Took', align: 'end', shrink: true, slot: 'meta', lineLabel: 'Took', cell: ({ duration_ms: ms }) => <span className="n-numeric">{ms === null ? '–' : formatDuration(ms)}</span> },
    { id: 'next', header: 'Next try', shrink: true, slot: 'meta', cell: ({ next_attempt_at: at }) => (at === null ? <span className="n-faint">–</span> : <RelativeTime at={at} />) },
    { id: 'at', header: 'Posted', align: 'end', shrink: true, slot: 'meta', lineLabel: '', cell: ({ at }) => <span className="n-muted"><RelativeTime at={at} /></span> },
  ], []);
  return (
    <>
      <DataTable label="Posts" linked columns={columns} rows={attempts} rowId={({ id }) => id} />
      <Dialog wide title={open?.event_type ?? ''} isOpen={open !== undefined} onClose={() => setOpen(undefined)}>
        {open && <AttemptDetails attempt={open} />}
      </Dialog>
    </>
  );
}

function AttemptDetails({ attempt }: { attempt: WebhookAttempt }): ReactElement {
  return (
    <>
      <Facts
        entries={[
          ['Answer', <AnswerBadge key="a" attempt={attempt} />],
          ['Posted', <ExactTime key="p" at={attempt.at} />],
          ['Took', attempt.duration_ms === null ? null : formatDuration(attempt.duration_ms)],
          ['Try', attempt.n],
          ['Next try', attempt.next_attempt_at && <ExactTime at={attempt.next_attempt_at} />],
          ['Event id', <Copyable key="e" text={attempt.event_id} label="Copy the event id" />],
        ]}
      />
      {attempt.error && <p className="n-muted"><Untrusted>{attempt.error}</Untrusted></p>}
      {attempt.response_head ? <CodeBlock wrap label="Beginning of the answer" text={attempt.response_head} /> : <p className="n-faint">The server sent no text.</p>}
    </>
  );
}

function AnswerBadge({ attempt: { status } }: { attempt: WebhookAttempt }): ReactElement {
  return <Badge tone={toneOf(status)}>{status ?? 'No answer'}</Badge>;
}

function toneOf(status: number | null): Tone {
  if (status === null || status >= 400) return 'danger';
  return status >= 200 && status < 300 ? 'success' : 'warning';
}
