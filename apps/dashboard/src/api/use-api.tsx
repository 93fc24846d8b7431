import { NexoraMail, type Mode } from '@nexoramail/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useMemo, type ReactElement, type ReactNode } from 'react';
import { SESSION_KEY, type Session } from '../session/session.js';
import { useMode } from './mode.js';
import { SessionTransport } from './session-transport.js';

/** The client of the mode that is shown, and that mode: it is part of every query's key. */
export interface Api {
  readonly nexora: NexoraMail;
  readonly mode: Mode;
}

const Context = createContext<Api | undefined>(undefined);

/** The API as the signed-in person. */
export function useApi(): Api {
  const api = useContext(Context);
  if (!api) throw new Error('useApi outside of ApiProvider');
  return api;
}

/** Makes the client for the mode; a 401 asks for the session again, which leads to the sign-in page when there is none. */
export function ApiProvider({ children }: { children: ReactNode }): ReactElement {
  const [mode] = useMode();
  const client = useQueryClient();
  const api = useMemo((): Api => ({
    mode,
    nexora: new NexoraMail(undefined, {
      transport: new SessionTransport({
        mode,
        csrf: () => client.getQueryData<Session | null>(SESSION_KEY)?.csrf_token,
        onUnauthorized: () => void client.invalidateQueries({ queryKey: SESSION_KEY }),
      }),
    }),
  }), [mode, client]);
  return <Context value={api}>{children}</Context>;
}
