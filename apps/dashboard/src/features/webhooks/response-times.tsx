import type { WebhookAttempt } from '@nexoramail/sdk';
import { formatDuration, Plot } from '@nexoramail/ui';
import { useMemo, type ReactElement } from 'react';
import { toSeries } from './response-series.js';

/** How long the endpoint took to answer, post by post. */
export function ResponseTimes({ attempts }: { attempts: readonly WebhookAttempt[] }): ReactElement {
  const { times, answered, failed } = useMemo(() => toSeries(attempts), [attempts]);
  const series = useMemo(() => [{ label: 'Accepted', tone: 'success', values: answered }, { label: 'Not accepted', tone: 'danger', values: failed }] as const, [answered, failed]);
  return <Plot label="Response times of the posts listed below" times={times} series={series} format={formatDuration} logarithmic />;
}
