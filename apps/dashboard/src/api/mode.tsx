import type { Mode } from '@nexoramail/sdk';
import { createContext, useContext, useMemo, useState, type ReactElement, type ReactNode } from 'react';

const KEY = 'nexora.mode';
const Context = createContext<readonly [Mode, (mode: Mode) => void]>(['live', () => undefined]);

/** A stored mode; live for anything else. */
export function parseMode(stored: string | null): Mode {
  return stored === 'test' ? 'test' : 'live';
}

/** The mode whose data is shown, and how to change it; kept in this browser. */
export function useMode(): readonly [Mode, (mode: Mode) => void] {
  return useContext(Context);
}

/** Holds the mode for all pages. */
export function ModeProvider({ children }: { children: ReactNode }): ReactElement {
  const [mode, setMode] = useState<Mode>(() => parseMode(localStorage.getItem(KEY)));
  const value = useMemo(() => [mode, (next: Mode) => {
    localStorage.setItem(KEY, next);
    setMode(next);
  }] as const, [mode]);
  return <Context value={value}>{children}</Context>;
}
