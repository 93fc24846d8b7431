import { percentile, type Findings } from '../figures.js';
import { openLoop } from '../load.js';
import { waitFor, type BenchStack } from '../stack.js';

/** From the 202 to the sandbox's receipt at 100 messages a second, open loop. */
export async function latencyScenario(stack: BenchStack, runs: number, seconds: number): Promise<Findings> {
  await stack.pauseDelivery(false);
  const p50: number[] = [];
  const p99: number[] = [];
  let missing = 0;
  for (let run = 0; run < runs; run += 1) {
    await stack.clearInbox();
    const begun = await openLoop(stack, 100, seconds);
    await waitFor(async () => (await stack.inbox()).length >= begun.size, 60_000);
    const received = new Map((await stack.inbox()).map(({ envelope_to: to, received_at: at }) => [to, Date.parse(at)]));
    const delays = [...begun].flatMap(([to, at]) => { const seen = received.get(to); return seen === undefined ? [] : [Math.max(0, seen - at)]; });
    missing += begun.size - delays.length;
    p50.push(percentile(delays, 0.5));
    p99.push(percentile(delays, 0.99));
  }
  return {
    figures: [{ name: 'accept to sandbox at 100/s, p50', unit: 'ms', values: p50 }, { name: 'accept to sandbox at 100/s, p99', unit: 'ms', values: p99 }],
    gates: [{ name: 'every message of the open loop is at the sandbox', ok: missing === 0, seen: `${missing} missing` }],
  };
}
