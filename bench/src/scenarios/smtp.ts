import { percentile, type Findings } from '../figures.js';
import { smtpLoad } from '../load.js';
import type { BenchStack } from '../stack.js';

/** SMTP accepts over ten kept TLS sessions with delivery paused. */
export async function smtpScenario(stack: BenchStack, runs: number, seconds: number): Promise<Findings> {
  await stack.pauseDelivery(true);
  await smtpLoad(stack, 4, 1);
  const rates: number[] = [];
  const p99: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const load = await smtpLoad(stack, 10, seconds);
    rates.push(load.accepted / load.seconds);
    p99.push(percentile(load.latenciesMs, 0.99));
  }
  return { figures: [{ name: 'SMTP accepted (10 kB, 10 TLS sessions)', unit: '/s', values: rates }, { name: 'SMTP p99', unit: 'ms', values: p99 }], gates: [] };
}
