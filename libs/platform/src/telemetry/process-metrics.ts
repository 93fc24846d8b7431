import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricRegistry } from './metrics.js';

/** Adds what every process (or worker thread) tells about itself: memory, processor time, event-loop delay. Returns the function that ends it. */
export function addProcessMetrics(registry: MetricRegistry): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const started = registry.gauge('process_start_time_seconds', 'Unix time at which the process started.');
  const resident = registry.gauge('process_resident_memory_bytes', 'Resident memory.');
  const heap = registry.gauge('nodejs_heap_used_bytes', 'Heap in use.');
  const external = registry.gauge('nodejs_external_memory_bytes', 'Memory outside of the heap.');
  const cpu = registry.gauge('process_cpu_seconds_total', 'Processor time, user and system.');
  const lag = registry.gauge('nodejs_eventloop_delay_seconds', 'Delay of the event loop since the last reading.');
  registry.onRead(() => {
    started.set(Math.round(performance.timeOrigin) / 1_000);
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heap.set(memory.heapUsed);
    external.set(memory.external);
    const { user, system } = process.cpuUsage();
    cpu.set((user + system) / 1_000_000);
    for (const p of [50, 99, 100]) lag.set(delay.percentile(p) / 1_000_000_000, { quantile: String(p / 100) });
    delay.reset();
  });
  return () => delay.disable();
}
