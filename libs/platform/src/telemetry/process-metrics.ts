import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { MetricRegistry } from './metrics.js';

/** Milliseconds between two looks at the loop. The histogram holds whole intervals, so this much of each value is no delay. */
const RESOLUTION_MS = 10;

/**
 * Adds what a process tells about itself: memory, processor time, event-loop delay. A worker thread tells its own heap and loop only: memory and
 * processor time belong to the process, and a sum over threads would count them twice. Returns the function that ends it.
 */
export function addProcessMetrics(registry: MetricRegistry, wholeProcess = isMainThread): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const heap = registry.gauge('nodejs_heap_used_bytes', 'Heap in use.');
  const lag = registry.gauge('nodejs_eventloop_delay_seconds', 'Delay of the event loop since the last reading.');
  registry.onRead(() => {
    heap.set(process.memoryUsage().heapUsed);
    for (const p of [50, 99, 100]) lag.set(Math.max(0, delay.percentile(p) / 1_000_000 - RESOLUTION_MS) / 1_000, { quantile: String(p / 100) });
    delay.reset();
  });
  if (wholeProcess) addWholeProcess(registry);
  return () => delay.disable();
}

function addWholeProcess(registry: MetricRegistry): void {
  const started = registry.gauge('process_start_time_seconds', 'Unix time at which the process started.');
  const resident = registry.gauge('process_resident_memory_bytes', 'Resident memory.');
  const external = registry.gauge('nodejs_external_memory_bytes', 'Memory outside of the heap.');
  const cpu = registry.gauge('process_cpu_seconds_total', 'Processor time, user and system.');
  registry.onRead(() => {
    started.set(Math.round(performance.timeOrigin) / 1_000);
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    external.set(memory.external);
    const { user, system } = process.cpuUsage();
    cpu.set((user + system) / 1_000_000);
  });
}
