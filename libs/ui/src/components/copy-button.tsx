import { useEffect, useState, type ReactElement } from 'react';
import { visibleText } from '../logic/visible-text.js';
import { IconButton } from './button.js';

/** Puts `text` on the clipboard and says so for two seconds. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }): ReactElement {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setState('copied'), () => setState('failed'));
  };
  return (
    <>
      <IconButton small icon={state === 'copied' ? 'check' : state === 'failed' ? 'alert' : 'copy'} label={state === 'copied' ? 'Copied' : state === 'failed' ? 'Copying failed' : label} onPress={copy} />
      <span role="status" className="n-visually-hidden">{state === 'copied' ? 'Copied' : state === 'failed' ? 'Copying failed' : ''}</span>
    </>
  );
}

/** A value in fixed width with its copy button. */
export function Copyable({ text, label }: { text: string; label: string }): ReactElement {
  return (
    <span className="n-copyable">
      <code className="n-untrusted">{visibleText(text)}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

/** Lines to copy as they are: a command, a secret, a record. */
export function CodeBlock({ text, label, wrap = false }: { text: string; label: string; wrap?: boolean }): ReactElement {
  return (
    <div className={wrap ? 'n-code n-code--wrap' : 'n-code'}>
      <pre className="n-code__text" tabIndex={0} aria-label={label}>{visibleText(text)}</pre>
      <div className="n-code__copy"><CopyButton text={text} label={`Copy: ${label}`} /></div>
    </div>
  );
}
