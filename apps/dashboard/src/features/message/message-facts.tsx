import type { Email } from '@nexoramail/sdk';
import { Copyable, ExactTime, Facts, Tag, Untrusted } from '@nexoramail/ui';
import type { ReactElement } from 'react';

/** Who wrote what to whom, and by which door. */
export function MessageFacts({ email }: { email: Email }): ReactElement {
  return (
    <Facts
      entries={[
        ['From', <Untrusted key="from">{email.from}</Untrusted>],
        ['To', <Mailboxes key="to" list={email.to} />],
        ['Cc', email.cc.length > 0 && <Mailboxes list={email.cc} />],
        ['Bcc', email.bcc.length > 0 && <Mailboxes list={email.bcc} />],
        ['Category', email.category],
        ['Accepted', <span key="at"><ExactTime at={email.created_at} /> by {email.source === 'smtp' ? 'SMTP' : 'REST'}</span>],
        ['Scheduled for', email.scheduled_at && <ExactTime at={email.scheduled_at} />],
        ['Message id', <Copyable key="id" text={email.id} label="Copy the message id" />],
        ['Message-ID header', <Copyable key="header" text={email.message_id_header} label="Copy the Message-ID header" />],
        ['Tags', email.tags.length > 0 && <span className="n-row">{email.tags.map((tag) => <Tag key={tag}>{tag}</Tag>)}</span>],
        ['Metadata', Object.keys(email.metadata).length > 0 && <span className="n-row">{Object.entries(email.metadata).map(([key, value]) => <Tag key={key}>{`${key}: ${value}`}</Tag>)}</span>],
      ].map(([name, value]) => [name as string, value === false ? null : value] as const)}
    />
  );
}

const SHOWN = 3;

function Mailboxes({ list }: { list: readonly string[] }): ReactElement {
  const rest = list.length - SHOWN;
  return (
    <>
      {list.slice(0, rest > 1 ? SHOWN : list.length).map((mailbox) => <div key={mailbox}><Untrusted>{mailbox}</Untrusted></div>)}
      {rest > 1 && <div className="n-faint">and {rest} more</div>}
    </>
  );
}
