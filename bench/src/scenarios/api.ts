import { median, percentile, type Findings } from '../figures.js';
import { restLoad } from '../load.js';
import type { BenchStack } from '../stack.js';

/** REST accepts with delivery paused: one connection against 64, messages per commit, event-loop delay. */
export async function apiScenario(stack: BenchStack, runs: number, seconds: number): Promise<Findings> {
  await stack.pauseDelivery(true);
  await restLoad(stack, 16, Math.min(2, seconds));
  const one: number[] = [];
  const many: number[] = [];
  const p99: number[] = [];
  const perCommit: number[] = [];
  const lag: number[] = [];
  const lagMax: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const single = await restLoad(stack, 1, seconds);
    one.push(single.accepted / single.seconds);
    const [batches, items] = [await stack.metric('nexora_accept_batches_total'), await stack.metric('nexora_accept_items_total')];
    await stack.metric('nodejs_eventloop_delay_seconds', 'quantile="0.99"'); // reading begins a new window
    const load = await restLoad(stack, 64, seconds);
    lag.push((await stack.metric('nodejs_eventloop_delay_seconds', '{quantile="0.99"}')) * 1000);
    lagMax.push((await stack.metric('nodejs_eventloop_delay_seconds', '{quantile="1"}')) * 1000);
    perCommit.push(((await stack.metric('nexora_accept_items_total')) - items) / ((await stack.metric('nexora_accept_batches_total')) - batches));
    many.push(load.accepted / load.seconds);
    p99.push(percentile(load.latenciesMs, 0.99));
  }
  const rss = (await stack.metric('process_resident_memory_bytes')) / 1_048_576;
  const ratio = median(many) / median(one);
  return {
    figures: [
      { name: 'REST accepted, 1 connection', unit: '/s', values: one }, { name: 'REST accepted, 64 connections', unit: '/s', values: many }, { name: 'REST p99, 64 connections', unit: 'ms', values: p99 },
      { name: 'messages per commit, 64 connections', unit: '', values: perCommit }, { name: 'event-loop delay p99', unit: 'ms', values: lag }, { name: 'event-loop delay max', unit: 'ms', values: lagMax },
      { name: 'RSS of the process', unit: 'MB', values: [rss] },
    ],
    gates: [
      { name: '64 connections accept at least twice as much as one', ok: ratio >= 2, seen: `${ratio.toFixed(2)}x` },
      { name: 'at least 5 messages per commit at saturation', ok: median(perCommit) >= 5, seen: median(perCommit).toFixed(1) },
      { name: 'event-loop delay p99 at most 50 ms', ok: median(lag) <= 50, seen: `${median(lag).toFixed(1)} ms` },
    ],
  };
}
