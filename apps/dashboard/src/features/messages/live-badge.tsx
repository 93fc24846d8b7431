import { Badge } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useLive } from '../../live/live-provider.js';

/** Whether the page follows what happens. */
export function LiveBadge(): ReactElement {
  const state = useLive();
  if (state === 'live') return <Badge tone="success" active>Live</Badge>;
  return <Badge tone={state === 'connecting' ? 'neutral' : 'warning'} active>{state === 'connecting' ? 'Connecting' : 'Reconnecting'}</Badge>;
}
