import type { ReactElement, ReactNode } from 'react';
import { statusLook, type Tone } from '../logic/status.js';
import { visibleText } from '../logic/visible-text.js';

/** A short word with a meaning of its own colour, and a dot for those who see no colour. */
export function Badge({ tone, active = false, children }: { tone: Tone; active?: boolean; children: ReactNode }): ReactElement {
  return (
    <span className={active ? 'n-badge n-badge--active' : 'n-badge'} data-tone={tone}>
      <span className="n-badge__dot" aria-hidden="true" />
      {children}
    </span>
  );
}

/** The state of a recipient, message, endpoint, domain, record, key or attempt. */
export function StatusBadge({ status }: { status: string }): ReactElement {
  const { label, tone, active } = statusLook(status);
  return <Badge tone={tone} active={active}>{label}</Badge>;
}

/** A word that somebody chose: a tag, a scope, an event type. */
export function Tag({ children }: { children: string }): ReactElement {
  return <span className="n-tag n-untrusted">{visibleText(children)}</span>;
}

/** Text written by strangers: shown as text, its invisible characters made visible. */
export function Untrusted({ children }: { children: string }): ReactElement {
  return <bdi className="n-untrusted">{visibleText(children)}</bdi>;
}
