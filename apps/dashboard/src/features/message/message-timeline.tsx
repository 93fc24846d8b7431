import type { EmailEvent } from '@nexoramail/sdk';
import { formatReply, humanize, RelativeTime, Timeline, Untrusted, type TimelineEntry } from '@nexoramail/ui';
import type { ReactElement, ReactNode } from 'react';

/** The events of a message. `namesRecipients` says whom each is about. */
export function MessageTimeline({ events, namesRecipients }: { events: readonly EmailEvent[]; namesRecipients: boolean }): ReactElement {
  return <Timeline label="Events of this message" entries={events.map((event) => toEntry(event, namesRecipients))} />;
}

function toEntry({ id, type, timestamp, data }: EmailEvent, namesRecipient: boolean): TimelineEntry {
  const { smtp, classification, reason, attempt, recipient, late, next_attempt_at: next } = data;
  const parts: ReactNode[] = [
    namesRecipient && <Untrusted key="to">{recipient.address}</Untrusted>,
    late && 'Reported after delivery',
    classification && `${humanize(classification.class)}: ${humanize(classification.reason).toLowerCase()}`,
    !classification && reason && humanize(reason),
    smtp?.mx && <span key="mx">by <Untrusted>{smtp.mx}</Untrusted></span>,
    attempt !== null && attempt !== undefined && type !== 'email.sent' && attempt > 1 && `attempt ${attempt}`,
    next && <span key="next">next try <RelativeTime at={next} /></span>,
  ].filter(Boolean);
  return {
    id, type, at: timestamp,
    ...(parts.length > 0 && { text: parts.map((part, index) => <span key={index}>{index > 0 && ' · '}{part}</span>) }),
    ...(smtp && { quote: formatReply(smtp) }),
  };
}
