import { FINAL_STATUSES, type Email } from '@nexoramail/sdk';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Card, EmptyState, Icon, PageFrame, QueryView, Select, StatusBadge, visibleText } from '@nexoramail/ui';
import { useState, type ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { emailAttemptsQuery, emailEventsQuery, emailQuery } from '../messages/emails.query.js';
import { LiveBadge } from '../messages/live-badge.js';
import { AttemptList } from './attempt-list.js';
import { MessageFacts } from './message-facts.js';
import { MessageTimeline } from './message-timeline.js';
import { RecipientTable } from './recipient-table.js';

const route = getRouteApi('/app/messages/$id');

/** One message: what it was, where each recipient stands, and everything that happened, as it happens. */
export function MessagePage(): ReactElement {
  const { id } = route.useParams();
  const query = useQuery(emailQuery(useApi(), id));
  const back = <Link to="/messages"><Icon name="arrowLeft" /> Messages</Link>;
  if (!query.data) return <PageFrame title="Message" back={back}><Card><QueryView query={query}>{() => null}</QueryView></Card></PageFrame>;
  const { subject, status } = query.data;
  const title = subject === null ? 'Message' : visibleText(subject || '(no subject)');
  return (
    <PageFrame title={title} heading={<span className="n-row"><bdi>{title}</bdi> <StatusBadge status={status} />{!FINAL_STATUSES.has(status) && <LiveBadge />}</span>} back={back}>
      <QueryView query={query}>{(email) => <Details email={email} />}</QueryView>
    </PageFrame>
  );
}

function Details({ email }: { email: Email }): ReactElement {
  const api = useApi();
  const isFinal = FINAL_STATUSES.has(email.status);
  const events = useQuery(emailEventsQuery(api, email.id, isFinal));
  const attempts = useQuery(emailAttemptsQuery(api, email.id, isFinal));
  const [recipient, setRecipient] = useState(ALL);
  const isShown = (id: string): boolean => recipient === ALL || id === recipient;
  const chosen = email.recipients.length > 1 && <RecipientSelect email={email} value={recipient} onChange={setRecipient} />;
  return (
    <>
      <Card padded><MessageFacts email={email} /></Card>
      <Card title={email.recipients.length === 1 ? 'Recipient' : `${email.recipients.length} recipients`}><RecipientTable recipients={email.recipients} /></Card>
      <div className="message__columns">
        <Card title="Timeline" actions={chosen} padded>
          <QueryView query={{ ...events, data: events.data?.filter(({ data }) => isShown(data.recipient.id)) }} skeletonRows={4} empty={<p className="n-muted">The first event is on its way.</p>}>
            {(shown) => <MessageTimeline events={shown} namesRecipients={email.recipients.length > 1 && recipient === ALL} />}
          </QueryView>
        </Card>
        <Card title="Delivery attempts">
          <QueryView query={{ ...attempts, data: attempts.data?.filter((attempt) => isShown(attempt.recipient_id)) }} skeletonRows={4} empty={<EmptyState icon="send" title="No attempt yet">Each try to hand the message over appears here, with the dialogue of both servers.</EmptyState>}>
            {(shown) => <AttemptList attempts={shown} recipients={email.recipients} />}
          </QueryView>
        </Card>
      </div>
    </>
  );
}

const ALL = 'all';

function RecipientSelect({ email, value, onChange }: { email: Email; value: string; onChange: (id: string) => void }): ReactElement {
  const options = [{ id: ALL, label: 'All recipients' }, ...email.recipients.map(({ id, address }) => ({ id, label: visibleText(address) }))];
  return <Select compact label="Recipient" options={options} value={value} onChange={onChange} />;
}
