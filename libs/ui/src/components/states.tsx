import type { ReactElement, ReactNode } from 'react';
import { errorFacts } from '../logic/error-facts.js';
import type { Tone } from '../logic/status.js';
import { Button } from './button.js';
import { Icon, type IconName } from './icon.js';

/** Nothing here, why, and what to do about it. */
export function EmptyState({ icon, title, children, action, extra }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode; extra?: ReactNode }): ReactElement {
  return (
    <div className="n-state">
      <span className="n-state__icon"><Icon name={icon} /></span>
      <h2 className="n-state__title">{title}</h2>
      {children !== undefined && <p className="n-state__text">{children}</p>}
      {action}
      {extra !== undefined && <div className="n-state__extra">{extra}</div>}
    </div>
  );
}

/** What failed, what to tell support, and a button to try again. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactElement {
  const { title, detail, code, requestId } = errorFacts(error);
  return (
    <div className="n-state" role="alert" data-tone="danger">
      <span className="n-state__icon"><Icon name="alert" /></span>
      <h2 className="n-state__title">{title}</h2>
      <p className="n-state__text">{detail}</p>
      {onRetry && <Button icon="refresh" onPress={onRetry}>Try again</Button>}
      {(code ?? requestId) !== null && <p className="n-state__facts n-mono">{[code, requestId].filter(Boolean).join(' · ')}</p>}
    </div>
  );
}

/** One sentence that needs attention, above what it is about. */
export function Notice({ tone, icon = 'info', children, action }: { tone: Tone; icon?: IconName; children: ReactNode; action?: ReactNode }): ReactElement {
  return (
    <div className="n-notice" data-tone={tone} role="status">
      <Icon name={icon} />
      <div className="n-notice__text">{children}</div>
      {action}
    </div>
  );
}

/** The shape of a list that is on its way; shown only when it takes longer than a blink. */
export function Skeleton({ rows = 6 }: { rows?: number }): ReactElement {
  return (
    <div className="n-skeleton" role="status">
      <span className="n-visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="n-skeleton__row" aria-hidden="true">
          <span className="n-skeleton__bar" />
          <span className="n-skeleton__bar" />
          <span className="n-skeleton__bar" />
        </div>
      ))}
    </div>
  );
}
