import type { NexoraEvent } from '@nexoramail/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactElement, type ReactNode } from 'react';
import { useApi } from '../api/use-api.js';
import { applyEvents } from './apply-events.js';
import { followFeed, type LiveState } from './follow-feed.js';

/** The least time between two renewals of what is on the screen: under a flood the page stays calm. */
const GAP_MS = 400;

const Context = createContext<LiveState>('connecting');

/** Whether what is shown follows the account's events. */
export function useLive(): LiveState {
  return useContext(Context);
}

/** Follows the feed of the shown mode while the page is in sight, and renews what its events touch. */
export function LiveProvider({ children }: { children: ReactNode }): ReactElement {
  const api = useApi();
  const client = useQueryClient();
  const visible = usePageVisible();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    if (!visible) return undefined;
    const stop = new AbortController();
    const refreshAll = (): void => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === api.mode });
    const apply = inBatches((events) => applyEvents(client, api, events).catch(refreshAll), stop.signal);
    void followFeed({ feed: api.nexora.events, signal: stop.signal, sleep: pause, onState: setState, onEvents: apply, onJoined: refreshAll });
    return () => stop.abort();
  }, [api, client, visible]);
  return <Context value={state}>{children}</Context>;
}

/** Calls `work` with all that came since its last call: at once when it rests, else when it is done and `GAP_MS` have passed. */
function inBatches(work: (events: readonly NexoraEvent[]) => Promise<void>, signal: AbortSignal): (events: readonly NexoraEvent[]) => void {
  let waiting: NexoraEvent[] = [];
  let busy = false;
  const run = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0 && !signal.aborted) {
      const batch = waiting;
      waiting = [];
      await work(batch);
      await pause(GAP_MS, signal);
    }
    busy = false;
  };
  return (events) => {
    waiting.push(...events);
    if (!busy) void run();
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function usePageVisible(): boolean {
  const [visible, setVisible] = useState(() => document.visibilityState === 'visible');
  useEffect(() => {
    const update = (): void => setVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', update);
    return () => document.removeEventListener('visibilitychange', update);
  }, []);
  return visible;
}
