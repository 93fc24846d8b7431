import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { MetricRegistry } from './metrics.js';
import { addProcessMetrics } from './process-metrics.js';
import { prometheusText } from './prometheus.js';

const textOf = async (registry: MetricRegistry): Promise<string> => prometheusText(await registry.read());

describe('metrics', () => {
  test('are Prometheus text with help, type, escaped labels', async () => {
    const registry = new MetricRegistry();
    registry.counter('nexora_accepted_total', 'Messages\naccepted.').add(2, { door: 'rest' });
    registry.counter('nexora_accepted_total', 'ignored: the first help stays').add(1, { door: 'rest' });
    registry.counter('nexora_accepted_total', '').add(1, { door: 'a"b\\c\nd' });
    registry.gauge('nexora_waiting', 'Waiting.').set(-1.5);
    expect(await textOf(registry)).toBe(
      '# HELP nexora_accepted_total Messages\\naccepted.\n# TYPE nexora_accepted_total counter\nnexora_accepted_total{door="rest"} 3\nnexora_accepted_total{door="a\\"b\\\\c\\nd"} 1\n' +
        '# HELP nexora_waiting Waiting.\n# TYPE nexora_waiting gauge\nnexora_waiting -1.5\n',
    );
  });

  test('a histogram cumulates; a value on a bound belongs to it', async () => {
    const registry = new MetricRegistry();
    const seconds = registry.histogram('nexora_seconds', 'Time.', [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value, { op: 'x' });
    expect(await textOf(registry)).toBe(
      '# HELP nexora_seconds Time.\n# TYPE nexora_seconds histogram\nnexora_seconds_bucket{op="x",le="0.1"} 2\nnexora_seconds_bucket{op="x",le="1"} 3\nnexora_seconds_bucket{op="x",le="+Inf"} 4\nnexora_seconds_sum{op="x"} 7.65\nnexora_seconds_count{op="x"} 4\n',
    );
  });

  test('one name has one type, and is a name; a counter only grows', () => {
    const registry = new MetricRegistry();
    const counter = registry.counter('nexora_x', '');
    expect(() => registry.gauge('nexora_x', '')).toThrow('nexora_x is a counter, not a gauge');
    expect(() => registry.gauge('Nexora-x', '')).toThrow('is no metric name');
    expect(() => counter.add(-1)).toThrow(RangeError);
    expect(() => counter.add(Number.NaN)).toThrow(RangeError);
  });

  test('labels without end join one series', async () => {
    const registry = new MetricRegistry();
    const counter = registry.counter('nexora_x', '');
    for (let i = 0; i < 1_500; i++) counter.add(1, { id: String(i) });
    const [metric] = await registry.read();
    expect(metric?.series).toHaveLength(1_001);
    expect(metric?.series.at(-1)).toEqual({ labels: { overflow: 'other' }, value: 500 });
  });

  test('threads add their series under their name; one that is gone adds nothing', async () => {
    const [main, worker] = [new MetricRegistry(), new MetricRegistry()];
    main.counter('nexora_x', 'X.').add(1);
    worker.counter('nexora_x', 'X.').add(2);
    worker.gauge('nexora_y', 'Y.').set(3);
    const leave = main.attach('deliver', () => worker.read());
    main.attach('dead', () => Promise.reject(new Error('gone')));
    const text = await textOf(main);
    expect(text).toContain('nexora_x 1\nnexora_x{thread="deliver"} 2\n');
    expect(text).toContain('nexora_y{thread="deliver"} 3\n');
    leave();
    expect(await textOf(main)).not.toContain('deliver');
  });

  test('what is read rather than kept is read once a second at most, whoever asks', async () => {
    const clock = new ManualClock();
    const registry = new MetricRegistry(clock.monotonic);
    let reads = 0;
    const gauge = registry.gauge('nexora_reads', '');
    registry.onRead(() => gauge.set(++reads));
    await registry.read();
    expect(registry.readOne('nexora_reads')?.series[0]?.value).toBe(1);
    clock.advance(1_000);
    expect(registry.readOne('nexora_reads')?.series[0]?.value).toBe(2);
    expect(registry.readOne('other')).toBeUndefined();
  });

  test('a process tells its memory, processor time and loop delay', async () => {
    const registry = new MetricRegistry();
    const end = addProcessMetrics(registry);
    const values = new Map((await registry.read()).map(({ name, series }) => [name, series]));
    end();
    expect(values.get('process_resident_memory_bytes')?.[0]?.value).toBeGreaterThan(10_000_000);
    expect(values.get('process_cpu_seconds_total')?.[0]?.value).toBeGreaterThan(0);
    expect(values.get('process_start_time_seconds')?.[0]?.value).toBeGreaterThan(1_700_000_000);
    expect(values.get('nodejs_eventloop_delay_seconds')?.map(({ labels }) => labels['quantile'])).toEqual(['0.5', '0.99', '1']);
  });
});

test('a worker thread tells nothing that belongs to the whole process', async () => {
  const registry = new MetricRegistry();
  const end = addProcessMetrics(registry, false);
  const names = (await registry.read()).map(({ name }) => name);
  end();
  expect(names).toEqual(['nodejs_heap_used_bytes', 'nodejs_eventloop_delay_seconds']);
});
