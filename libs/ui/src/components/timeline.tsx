import type { ReactElement, ReactNode } from 'react';
import { formatDuration, formatTime, parseTime } from '../logic/format.js';
import { eventLook } from '../logic/timeline.js';
import { visibleText } from '../logic/visible-text.js';
import { Icon } from './icon.js';

/** One fact of a timeline. */
export interface TimelineEntry {
  readonly id: string;
  /** Such as `email.delivered`. */
  readonly type: string;
  readonly at: string;
  readonly text?: ReactNode;
  /** Words of a stranger, such as the reply of a mail server. */
  readonly quote?: string;
}

/** What happened, oldest first, with the time since the fact before. */
export function Timeline({ label, entries }: { label: string; entries: readonly TimelineEntry[] }): ReactElement {
  return (
    <ol className="n-timeline" aria-label={label}>
      {entries.map((entry, index) => {
        const { title, icon, tone } = eventLook(entry.type);
        return (
          <li key={entry.id} className="n-timeline__item" data-event-type={entry.type}>
            <span className="n-timeline__mark" data-tone={tone}><Icon name={icon} /></span>
            <div className="n-timeline__body">
              <div className="n-timeline__title">{title}</div>
              {entry.text !== undefined && <div className="n-timeline__text">{entry.text}</div>}
              {entry.quote !== undefined && entry.quote !== '' && <div className="n-timeline__quote n-untrusted">{visibleText(entry.quote)}</div>}
            </div>
            <time className="n-timeline__time n-numeric" dateTime={entry.at} title={formatTime(entry.at)}>
              {formatTime(entry.at, { hour: '2-digit', minute: '2-digit', second: '2-digit' })}
              <span className="n-timeline__delta">{deltaOf(entry.at, entries[index - 1]?.at)}</span>
            </time>
          </li>
        );
      })}
    </ol>
  );
}

function deltaOf(at: string, before: string | undefined): string {
  const [now, then] = [parseTime(at), parseTime(before)];
  if (then === undefined) return formatTime(at, { day: 'numeric', month: 'short' });
  return now === undefined ? '' : `+${formatDuration(Math.max(0, now - then))}`;
}
