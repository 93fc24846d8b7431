import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { table, type Figure, type Findings, type Gate } from './figures.js';
import { apiScenario } from './scenarios/api.js';
import { drainScenario } from './scenarios/drain.js';
import { latencyScenario } from './scenarios/latency.js';
import { pathScenario } from './scenarios/path.js';
import { smtpScenario } from './scenarios/smtp.js';
import { startBenchStack, type BenchStack } from './stack.js';

const SCENARIOS: Record<string, (stack: BenchStack, runs: number, seconds: number) => Promise<Findings>> = { api: apiScenario, smtp: smtpScenario, drain: drainScenario, path: pathScenario, latency: latencyScenario };

const option = (name: string): string | undefined => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? undefined : process.argv[index + 1];
};
const quick = process.argv.includes('--quick');
const runs = Number(option('runs') ?? (quick ? 3 : 5));
const seconds = quick ? 3 : 10;
const chosen = (option('only') ?? Object.keys(SCENARIOS).join(',')).split(',');
const unknown = chosen.filter((name) => !(name in SCENARIOS));
if (unknown.length > 0 || !(runs > 0)) {
  console.error(`Usage: npm run bench -- [--quick] [--runs N] [--only ${Object.keys(SCENARIOS).join(',')}] [--gate]; unknown: ${unknown.join(', ')}`);
  process.exit(2);
}

const others = (loadavg()[0] ?? 0) > 0.4 * cpus().length;
console.log(`NexoraMail bench: ${chosen.join(', ')}; ${runs} runs of ${seconds} s; ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB${others ? '; NOISY: other work is running' : ''}`);
const stack = await startBenchStack();
const figures: Figure[] = [];
const gates: Gate[] = [];
try {
  for (const name of chosen) {
    console.log(`… ${name}`);
    const found = await SCENARIOS[name]?.(stack, runs, seconds);
    figures.push(...(found?.figures ?? []));
    gates.push(...(found?.gates ?? []));
  }
} finally {
  await stack.stop();
}
console.log(`\n${table(figures)}\n`);
for (const { name, ok, seen } of gates) console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${seen}`);
const folder = join(import.meta.dirname, '../results');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replaceAll(/[:.]/g, '-')}.json`);
writeFileSync(file, JSON.stringify({ at: new Date().toISOString(), node: process.version, cores: cpus().length, memory: totalmem(), noisy: others, quick, runs, seconds, figures, gates }, null, 2));
if (process.argv.includes('--gate') && gates.some(({ ok }) => !ok)) process.exitCode = 1;
