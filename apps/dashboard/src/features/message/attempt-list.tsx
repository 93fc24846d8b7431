import type { Attempt, EmailRecipient } from '@nexoramail/sdk';
import { Badge, Disclosure, Facts, formatDuration, formatReply, formatTime, parseTime, statusLook, Transcript, Untrusted } from '@nexoramail/ui';
import type { ReactElement } from 'react';

const TONES = { accepted: 'success', deferred: 'warning', rejected: 'danger', unknown: 'warning' } as const;

/** Every try to hand the message over, newest first, the newest one open. */
export function AttemptList({ attempts, recipients }: { attempts: readonly Attempt[]; recipients: readonly EmailRecipient[] }): ReactElement {
  const newestFirst = [...attempts].sort((left, right) => right.started_at.localeCompare(left.started_at) || right.n - left.n);
  const address = recipients.length > 1 ? new Map(recipients.map((recipient) => [recipient.id, recipient.address])) : undefined;
  return (
    <div className="message__attempts">
      {newestFirst.map((attempt, index) => (
        <Disclosure key={attempt.id} isOpen={index === 0} heading={<AttemptHeading attempt={attempt} address={address?.get(attempt.recipient_id)} />}>
          <AttemptDetails attempt={attempt} />
        </Disclosure>
      ))}
    </div>
  );
}

function AttemptHeading({ attempt: { n, outcome, mx, started_at: start, ended_at: end }, address }: { attempt: Attempt; address: string | undefined }): ReactElement {
  const [from, to] = [parseTime(start), parseTime(end)];
  return (
    <span className="message__attempt">
      <span className="message__attempt-name">Attempt {n}</span>
      <Badge tone={TONES[outcome] ?? 'neutral'}>{statusLook(outcome).label}</Badge>
      {address !== undefined && <Untrusted>{address}</Untrusted>}
      {mx !== null && <span className="n-muted"><Untrusted>{mx}</Untrusted></span>}
      <span className="n-faint n-numeric message__attempt-time">
        {formatTime(start, { hour: '2-digit', minute: '2-digit', second: '2-digit' })}
        {from !== undefined && to !== undefined && ` · ${formatDuration(to - from)}`}
      </span>
    </span>
  );
}

function AttemptDetails({ attempt: { n, mx, ip, tls, smtp, transcript } }: { attempt: Attempt }): ReactElement {
  return (
    <div className="n-stack">
      <Facts
        compact entries={[
          ['Server', mx && <Untrusted>{mx}</Untrusted>],
          ['IP address', ip && <code>{ip}</code>],
          ['Encryption', mx && (tls ? `${tls.version}, ${tls.verified ? 'certificate verified' : 'certificate not verified'}` : 'None')],
          ['Answer', smtp && <code><Untrusted>{formatReply(smtp)}</Untrusted></code>, 'wide'],
        ]}
      />
      {transcript.length > 0 ? <Transcript label={`SMTP dialogue of attempt ${n}`} lines={transcript} /> : <p className="n-faint">No dialogue took place.</p>}
    </div>
  );
}
