import type { Labels, Metric, Series } from './metrics.js';

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

/** Content type of {@link prometheusText}. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics in Prometheus' text exposition format 0.0.4. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map((metric) => {
    const head = `# HELP ${metric.name} ${escapeHelp(metric.help)}\n# TYPE ${metric.name} ${metric.type}\n`;
    const lines = metric.series.map((series) => (metric.type === 'histogram' ? histogramLines(metric, series) : line(metric.name, series.labels, series.value)));
    return head + lines.join('');
  }).join('');
}

function histogramLines(metric: Metric, { labels, value, counts = [], count = 0 }: Series): string {
  let below = 0;
  const buckets = [...metric.buckets.map(String), '+Inf'].map((le, i) => {
    below += counts[i] ?? 0;
    return line(`${metric.name}_bucket`, { ...labels, le }, below);
  });
  return `${buckets.join('')}${line(`${metric.name}_sum`, labels, value)}${line(`${metric.name}_count`, labels, count)}`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
