// `npm test`: every suite that needs no broker. All stages run also when one fails; the last line adds them up: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stages = {
  tools: [process.execPath, `${root}tools/test-tools.mjs`],
  projects: ['nx', 'run-many', '-t', 'test', '--parallel=2', '--output-style=static'],
  'end to end': ['nx', 'run', '@nexoramail/e2e:e2e', '--output-style=stream'],
};

for (const file of results()) rmSync(`${root}${file}`);
let failed = false;
for (const [name, [command, ...args]] of Object.entries(stages)) {
  const began = performance.now();
  console.log(`\n── ${name} ──`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, NX_TUI: 'false' } });
  failed ||= status !== 0;
  console.log(`── ${name}: ${status === 0 ? 'ok' : `exit ${status}`} in ${Math.round((performance.now() - began) / 1000)} s`);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of results()) {
  const counts = JSON.parse(readFileSync(`${root}${file}`, 'utf8'));
  for (const key of Object.keys(sum)) sum[key] += counts[key] ?? 0;
}
// A stage that died without counting (a build that failed) is a failure too.
if (failed && sum.failed === 0) sum.failed = 1;
console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

function results() {
  return globSync('{apps,libs}/*/.test/results.json', { cwd: root }).concat(globSync('{e2e,bench,tools}/.test/results.json', { cwd: root }));
}
