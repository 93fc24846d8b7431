import { MetricRegistry, type Counter, type Gauge, type Histogram } from './metrics.js';

export type { Counter, Gauge, Histogram } from './metrics.js';

/** Spans and metrics by hand. Spans cost nothing unless an OTLP endpoint is set; metrics are a map look-up and an addition. */
export interface Telemetry {
  /** Runs `work` in a span (a batch, a call). Off: runs `work`, nothing else. */
  span<T>(name: string, attributes: Readonly<Record<string, string | number>>, work: () => Promise<T>): Promise<T>;
  /** A counter; names end in `_total`. */
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  gauge(name: string, help: string, labels?: readonly string[]): Gauge;
  /** A histogram; seconds (0.5 ms … 10 s) unless `buckets` says otherwise. */
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram;
  /** W3C trace context of the span under way, to send along with a call; undefined when off. */
  traceparent(): string | undefined;
  readonly registry: MetricRegistry;
  /** Sends what is left and ends the exporters. */
  stop(): Promise<void>;
}

/** Metrics without spans: what runs when no OTLP endpoint is set. */
export class LocalTelemetry implements Telemetry {
  constructor(readonly registry: MetricRegistry = new MetricRegistry()) {}

  span<T>(_name: string, _attributes: Readonly<Record<string, string | number>>, work: () => Promise<T>): Promise<T> {
    return work();
  }

  counter(name: string, help: string): Counter {
    return this.registry.counter(name, help);
  }

  gauge(name: string, help: string): Gauge {
    return this.registry.gauge(name, help);
  }

  histogram(name: string, help: string, buckets?: readonly number[]): Histogram {
    return this.registry.histogram(name, help, buckets);
  }

  traceparent(): string | undefined {
    return undefined;
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
