import type { ReactElement } from 'react';
import { formatDuration } from '../logic/format.js';
import { replyTone } from '../logic/smtp.js';
import { visibleText } from '../logic/visible-text.js';

/** One line of an SMTP dialogue: `c` we said, `s` the server said. */
export interface DialogueLine {
  readonly at_ms: number;
  readonly dir: 'c' | 's';
  readonly line: string;
}

/** An SMTP dialogue as it went, each line with the time since the attempt began. Refusals and pauses are coloured. */
export function Transcript({ label, lines }: { label: string; lines: readonly DialogueLine[] }): ReactElement {
  return (
    <ol className="n-transcript" aria-label={label}>
      {lines.map(({ at_ms, dir, line }, index) => (
        <li key={index} className="n-transcript__line" data-dir={dir} data-tone={dir === 's' ? replyTone(line) : undefined}>
          <span className="n-transcript__time">{formatDuration(at_ms)}</span>
          <span className="n-transcript__dir" title={dir === 'c' ? 'NexoraMail' : 'Server'} aria-label={dir === 'c' ? 'NexoraMail' : 'Server'}>{dir === 'c' ? '→' : '←'}</span>
          <span className="n-transcript__text n-untrusted">{visibleText(line)}</span>
        </li>
      ))}
    </ol>
  );
}
