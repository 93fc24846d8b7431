import { systemMonotonic, type Monotonic } from '@nexoramail/kernel';

/** Label values of one sample. */
export type Labels = Readonly<Record<string, string>>;

/** Counts what happened; only grows. */
export interface Counter {
  add(n: number, labels?: Labels): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}

/** Spread of a value over buckets. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** One series: plain data, so that it can cross threads. Histograms carry a count per bucket (not cumulated, the last one is +Inf), sum and count. */
export interface Series {
  readonly labels: Labels;
  value: number;
  counts?: number[];
  count?: number;
}

/** One metric with all its series. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly buckets: readonly number[];
  readonly series: readonly Series[];
}

/** What a metric is called and counts. */
export type MetricName = Pick<Metric, 'name' | 'help' | 'type'>;

/** Seconds from 0.5 ms to 10 s: default buckets of a histogram. */
export const SECONDS_BUCKETS: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const NAME = /^[a-z_][a-z0-9_]*$/;
// A label whose values a customer chooses would grow without end; beyond this, samples join one series marked `other`.
const MAX_SERIES = 1_000;

class Family implements Counter, Gauge, Histogram {
  private readonly series = new Map<string, Series>();

  constructor(readonly name: string, readonly help: string, readonly type: Metric['type'], readonly buckets: readonly number[]) {}

  add(n: number, labels?: Labels): void {
    if (!(n >= 0)) throw new RangeError(`${this.name} only grows`);
    this.at(labels).value += n;
  }

  set(value: number, labels?: Labels): void {
    this.at(labels).value = value;
  }

  observe(value: number, labels?: Labels): void {
    const series = this.at(labels);
    let bucket = 0;
    while (bucket < this.buckets.length && value > (this.buckets[bucket] as number)) bucket++;
    const counts = (series.counts ??= new Array<number>(this.buckets.length + 1).fill(0));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    series.value += value;
    series.count = (series.count ?? 0) + 1;
  }

  read(): Metric {
    return { name: this.name, help: this.help, type: this.type, buckets: this.buckets, series: [...this.series.values()].map((series) => ({ ...series, ...(series.counts && { counts: [...series.counts] }) })) };
  }

  private at(labels: Labels = {}): Series {
    let key = '';
    for (const name in labels) key += `${name}\u0001${labels[name]}\u0002`;
    const found = this.series.get(key);
    if (found) return found;
    if (this.series.size >= MAX_SERIES && labels['overflow'] === undefined) return this.at({ overflow: 'other' });
    const made: Series = { labels: { ...labels }, value: 0 };
    this.series.set(key, made);
    return made;
  }
}

/** All metrics of a process. Asking for a name again gives the same metric, so that each module names what it counts where it counts. */
export class MetricRegistry {
  private readonly families = new Map<string, Family>();
  private readonly sources = new Map<string, () => Promise<readonly Metric[]>>();
  private readonly collectors = new Set<() => void>();
  private readonly watchers = new Set<(metric: MetricName) => void>();
  private collectedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly monotonic: Monotonic = systemMonotonic) {}

  counter(name: string, help: string): Counter {
    return this.family(name, help, 'counter', []);
  }

  gauge(name: string, help: string): Gauge {
    return this.family(name, help, 'gauge', []);
  }

  histogram(name: string, help: string, buckets: readonly number[] = SECONDS_BUCKETS): Histogram {
    return this.family(name, help, 'histogram', buckets);
  }

  /** Runs `collect` before a reading, at most once a second: for gauges that are cheaper to read than to keep. */
  onRead(collect: () => void): void {
    this.collectors.add(collect);
  }

  /** Adds the metrics of a worker thread, with `thread="<name>"` on each series. Returns the function that ends it. */
  attach(thread: string, read: () => Promise<readonly Metric[]>): () => void {
    this.sources.set(thread, read);
    return () => void this.sources.delete(thread);
  }

  /** All metrics as they are now, those of attached threads included; a thread that does not answer is left out. */
  async read(): Promise<Metric[]> {
    this.collect();
    const all = new Map<string, Metric>([...this.families.values()].map((family) => [family.name, family.read()]));
    for (const [thread, read] of this.sources) {
      for (const metric of await read().catch(() => [])) {
        const labelled = metric.series.map((series) => ({ ...series, labels: { ...series.labels, thread } }));
        const known = all.get(metric.name);
        all.set(metric.name, { ...metric, series: [...(known?.series ?? []), ...labelled] });
      }
    }
    return [...all.values()];
  }

  /** One metric of this thread as it is now. */
  readOne(name: string): Metric | undefined {
    this.collect();
    return this.families.get(name)?.read();
  }

  /** Calls `watcher` for each metric there is and each that comes: for exporters. */
  watch(watcher: (metric: MetricName) => void): void {
    this.watchers.add(watcher);
    for (const family of this.families.values()) watcher(family);
  }

  private collect(): void {
    const now = this.monotonic.now();
    if (now - this.collectedAt < 1_000) return;
    this.collectedAt = now;
    for (const collect of this.collectors) collect();
  }

  private family(name: string, help: string, type: Metric['type'], buckets: readonly number[]): Family {
    const known = this.families.get(name);
    if (known?.type === type) return known;
    if (known || !NAME.test(name)) throw new TypeError(known ? `${name} is a ${known.type}, not a ${type}` : `${name} is no metric name`);
    const made = new Family(name, help, type, buckets);
    this.families.set(name, made);
    for (const watcher of this.watchers) watcher(made);
    return made;
  }
}
