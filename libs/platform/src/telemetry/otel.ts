import { context, metrics, SpanStatusCode, trace, type Context, type Meter, type Tracer } from '@opentelemetry/api';
import { isAppError } from '@nexoramail/kernel';
import { currentCall } from '../rpc/call-context.js';
import type { Histogram, Labels, MetricName, MetricRegistry } from './metrics.js';
import { LocalTelemetry, type Telemetry } from './telemetry.js';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Spans to an OTLP endpoint, and the metrics of the registry beside `/metrics`. Made by {@link createTelemetry} only when an endpoint is set. */
export class OtelTelemetry extends LocalTelemetry {
  private readonly tracer: Tracer;
  private readonly meter: Meter;

  constructor(registry: MetricRegistry, private readonly shutdown: () => Promise<void>) {
    super(registry);
    this.tracer = trace.getTracer('nexoramail');
    this.meter = metrics.getMeter('nexoramail');
    registry.watch((metric) => this.observe(metric));
  }

  override span<T>(name: string, attributes: Readonly<Record<string, string | number>>, work: () => Promise<T>): Promise<T> {
    return this.tracer.startActiveSpan(name, { attributes }, parentContext(), async (span) => {
      try {
        return await work();
      } catch (error) {
        // The code alone: messages may name what a customer sent.
        span.setStatus({ code: SpanStatusCode.ERROR, message: isAppError(error) ? error.code : 'internal' });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  override histogram(name: string, help: string, buckets?: readonly number[]): Histogram {
    const own = super.histogram(name, help, buckets);
    const sent = this.meter.createHistogram(name, { description: help, ...(buckets && { advice: { explicitBucketBoundaries: [...buckets] } }) });
    return {
      observe: (value: number, labels?: Labels) => {
        own.observe(value, labels);
        sent.record(value, labels);
      },
    };
  }

  override traceparent(): string | undefined {
    const span = trace.getActiveSpan()?.spanContext();
    return span && trace.isSpanContextValid(span) ? `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}` : undefined;
  }

  override stop(): Promise<void> {
    return this.shutdown();
  }

  /** Counters and gauges are read when the SDK exports; histograms are recorded in both places as they happen. */
  private observe({ name, help, type }: MetricName): void {
    if (type === 'histogram') return;
    const options = { description: help };
    const instrument = type === 'counter' ? this.meter.createObservableCounter(name, options) : this.meter.createObservableGauge(name, options);
    instrument.addCallback((result) => {
      for (const { value, labels } of this.registry.readOne(name)?.series ?? []) result.observe(value, labels);
    });
  }
}

/** The span under way here, or the remote one that called us. */
function parentContext(): Context {
  const active = context.active();
  if (trace.getSpan(active)) return active;
  const [, traceId, spanId, flags] = TRACEPARENT.exec(currentCall()?.traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return active;
  return trace.setSpanContext(active, { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16), isRemote: true });
}

/**
 * The telemetry of a process: {@link LocalTelemetry}, or, when `OTEL_EXPORTER_OTLP_ENDPOINT` is set, the OpenTelemetry SDK configured by the
 * standard `OTEL_*` variables (traces and metrics, no automatic instrumentation). The SDK is not even loaded otherwise.
 */
export async function createTelemetry(service: string, variables: Readonly<Record<string, string | undefined>>, registry: MetricRegistry): Promise<Telemetry> {
  if (!variables['OTEL_EXPORTER_OTLP_ENDPOINT']?.trim()) return new LocalTelemetry(registry);
  process.env['OTEL_METRICS_EXPORTER'] ??= 'otlp';
  process.env['OTEL_LOGS_EXPORTER'] ??= 'none'; // logs go to stdout
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({ serviceName: variables['OTEL_SERVICE_NAME'] ?? `nexora-${service}`, instrumentations: [] });
  sdk.start();
  return new OtelTelemetry(registry, () => sdk.shutdown().catch(() => undefined)); // an endpoint that is away must not fail the stop
}
