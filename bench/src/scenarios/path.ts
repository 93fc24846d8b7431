import type { Findings } from '../figures.js';
import { restLoad } from '../load.js';
import { waitFor, type BenchStack } from '../stack.js';

/** Full path: REST in, signed, delivered to the sandbox; from the first send to the last copy. Nothing may be missing. */
export async function pathScenario(stack: BenchStack, runs: number, seconds: number): Promise<Findings> {
  await stack.pauseDelivery(false);
  // What the accept scenarios left in the queue goes first.
  await waitFor(async () => (await stack.queued()) === 0, 600_000);
  const rates: number[] = [];
  let missing = 0;
  for (let run = 0; run < runs; run += 1) {
    await stack.clearInbox();
    const began = performance.now();
    const { recipients } = await restLoad(stack, 32, seconds);
    const there = async (): Promise<number> => {
      const copies = new Set((await stack.inbox()).map(({ envelope_to: to }) => to));
      return recipients.filter((to) => copies.has(to)).length;
    };
    await waitFor(async () => (await there()) === recipients.length, 120_000);
    rates.push(recipients.length / ((performance.now() - began) / 1000));
    missing += recipients.length - (await there());
  }
  return { figures: [{ name: 'full path, REST in to the sandbox', unit: '/s', values: rates }], gates: [{ name: 'every accepted message is at the sandbox', ok: missing === 0, seen: `${missing} missing` }] };
}
