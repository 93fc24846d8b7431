import { createContext, useCallback, useContext, useMemo, useState, type ReactElement, type ReactNode } from 'react';
import type { Tone } from '../logic/status.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';

interface ToastEntry {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

const SHOWN_MS = 6_000;
const Context = createContext<(tone: Tone, text: string) => void>(() => undefined);

/** Says something short in the corner for six seconds; failures stay until they are closed. */
export function useToast(): (tone: Tone, text: string) => void {
  return useContext(Context);
}

/** Holds the corner where {@link useToast} speaks; once, around the application. */
export function ToastRegion({ children }: { children: ReactNode }): ReactElement {
  const [entries, setEntries] = useState<readonly ToastEntry[]>([]);
  const close = useCallback((id: number) => setEntries((all) => all.filter((entry) => entry.id !== id)), []);
  const show = useCallback((tone: Tone, text: string) => {
    const id = nextId();
    setEntries((all) => [...all.slice(-3), { id, tone, text }]);
    if (tone !== 'danger') setTimeout(() => close(id), SHOWN_MS);
  }, [close]);
  return (
    <Context value={useMemo(() => show, [show])}>
      {children}
      <div className="n-toasts" role="region" aria-label="Notifications" aria-live="polite">
        {entries.map(({ id, tone, text }) => (
          <div key={id} className="n-toast" data-tone={tone}>
            <Icon name={tone === 'success' ? 'check' : tone === 'danger' || tone === 'warning' ? 'alert' : 'info'} />
            <span className="n-toast__text n-untrusted">{text}</span>
            <IconButton small icon="x" label="Close" onPress={() => close(id)} />
          </div>
        ))}
      </div>
    </Context>
  );
}

let lastId = 0;
function nextId(): number {
  lastId += 1;
  return lastId;
}
