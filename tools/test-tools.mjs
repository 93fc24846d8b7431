// Runs the specs of tools/ with node's own runner and leaves their counts where `npm test` adds them up.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const tools = fileURLToPath(new URL('.', import.meta.url));
const specs = globSync('**/*.spec.mjs', { cwd: tools }).map((file) => `${tools}${file}`);
const { stdout, stderr, status } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...specs], { encoding: 'utf8' });
const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
if (status !== 0) process.stdout.write(stdout + stderr);
mkdirSync(`${tools}.test`, { recursive: true });
writeFileSync(`${tools}.test/results.json`, JSON.stringify({ passed: count('pass'), failed: count('fail'), skipped: count('skipped') }));
console.log(`${count('pass')} passed, ${count('fail')} failed`);
process.exitCode = status ?? 1;
