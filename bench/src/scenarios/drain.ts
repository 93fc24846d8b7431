import type { Findings } from '../figures.js';
import { waitFor, type BenchStack } from '../stack.js';

/** How fast a backlog leaves: what the accept scenarios left in the queue, delivered while nothing comes in. */
export async function drainScenario(stack: BenchStack): Promise<Findings> {
  const before = await stack.queued();
  if (before === 0) return { figures: [], gates: [] };
  await stack.pauseDelivery(false);
  const began = performance.now();
  const empty = await waitFor(async () => (await stack.queued()) === 0, 600_000);
  const rate = before / ((performance.now() - began) / 1000);
  return { figures: [{ name: `drain of ${before} queued messages`, unit: '/s', values: [rate] }], gates: [{ name: 'the backlog drains', ok: empty, seen: empty ? 'empty' : `${await stack.queued()} left` }] };
}
