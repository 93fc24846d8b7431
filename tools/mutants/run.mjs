// `npm run test:mutants`: breaks the code on purpose, one edit at a time, in a copy of the tree, and expects the named spec to notice. Prints a
// table; exit 1 when a mutant survives, when its edit no longer fits, or when a spec is red without it. `-- NAME…` runs some of them.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestPostgres } from '../test-postgres.mjs';
import { applyMutant } from './apply.mjs';
import { MUTANTS } from './mutants.mjs';

const TIME_LIMIT_MS = 240_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !MUTANTS.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(`There is no mutant ${unknown.join(', ')}. There are: ${MUTANTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const mutants = MUTANTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

let child, server, copy;
let ending;
const end = () => (ending ??= Promise.resolve(server).then((running) => running?.stop(), () => undefined).finally(() => copy && rmSync(copy, { recursive: true, force: true })));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => { child?.kill('SIGKILL'); void end().then(() => process.exit(130)); });

process.exitCode = 1; // unless every mutant is noticed
try {
  copy = copyTree();
  server = startTestPostgres();
  const { url } = await server;
  if (!(await runAll(url))) process.exitCode = 0;
} finally {
  await end();
}

async function runAll(url) {
  const rows = [];
  const healthy = new Map();
  for (const mutant of mutants) {
    const { name, project, spec } = mutant;
    const began = performance.now();
    const target = `${project}/${spec}`;
    // What is red anyway proves nothing.
    if (!healthy.has(target)) healthy.set(target, await runSpec(url, project, spec));
    const unbroken = healthy.get(target);
    const row = unbroken.verdict === 'green' ? await tryMutant(url, mutant) : { verdict: `SPEC IS ${unbroken.verdict.toUpperCase()}`, by: unbroken.by };
    rows.push({ name, target, seconds: ((performance.now() - began) / 1000).toFixed(1), ...row });
    console.error(`${name}: ${row.verdict} (${rows.at(-1).seconds} s)${row.by ? `, by “${row.by}”` : ''}`);
  }
  const survivors = rows.filter(({ verdict }) => verdict !== 'killed');
  console.log(table(rows));
  console.log(`${rows.length - survivors.length} of ${rows.length} mutants killed`);
  for (const { name } of survivors) console.log(`  ${name}: ${MUTANTS.find((mutant) => mutant.name === name).breaks}`);
  return survivors.length > 0;
}

async function tryMutant(url, mutant) {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  let broken;
  try {
    broken = applyMutant(original, mutant);
  } catch (error) {
    return { verdict: `DOES NOT FIT: ${error.message}` };
  }
  writeFileSync(path, broken);
  try {
    const { verdict, by } = await runSpec(url, mutant.project, mutant.spec);
    return { verdict: { red: 'killed', green: 'SURVIVED' }[verdict] ?? verdict.toUpperCase(), by };
  } finally {
    writeFileSync(path, original);
  }
}

/** `red`: a test failed, others passed. A file that does not load, that breaks as a whole, or that hangs is a verdict of its own: it shows no test at work. */
function runSpec(url, project, spec) {
  const cwd = join(copy, project);
  const report = join(cwd, '.test', 'mutant.json');
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  // A failed test may leave a server open, and jest would wait for it.
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--json', `--outputFile=${report}`, '--silent', '--forceExit', '--runTestsByPath', spec];
  return new Promise((resolve, reject) => {
    child = spawn(process.execPath, args, { cwd, stdio: 'ignore', env: { ...process.env, NEXORA_TEST_POSTGRES_URL: url }, timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL' });
    child.on('error', reject).on('exit', () => resolve(existsSync(report) ? judge(JSON.parse(readFileSync(report, 'utf8'))) : { verdict: 'hangs' }));
  });
}

function judge(run) {
  if (run.numRuntimeErrorTestSuites > 0) return { verdict: 'does not load' };
  const failure = run.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === 'failed');
  // A mutant that breaks every test (SQL that does not parse) shows nothing about the one that should notice.
  if (failure && run.numPassedTests === 0) return { verdict: 'breaks every test', by: failure.fullName };
  if (failure) return { verdict: 'red', by: failure.fullName };
  return { verdict: run.numPassedTests > 0 ? 'green' : 'empty' };
}

/** The tree as it stands on disk, with what is generated, in a folder of its own. Nothing in it leads back to our sources. */
function copyTree() {
  const folder = mkdtempSync(join(tmpdir(), 'nexora-mutants-'));
  const { stdout, status, stderr } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  for (const file of stdout.split('\0').filter(Boolean)) {
    if (!existsSync(join(root, file))) continue; // deleted and not committed yet
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  const generated = globSync('libs/*/src/**/generated', { cwd: root });
  if (generated.length === 0) throw new Error('The generated sources are missing: run `npm run generate` first');
  for (const path of generated) cpSync(join(root, path), join(folder, path), { recursive: true });
  linkPackages(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

// Package by package: npm's own links to the workspaces are relative, and made again as they are they lead into the copy.
function linkPackages(from, to) {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory() && entry.name.startsWith('@')) linkPackages(source, target);
    else symlinkSync(source, target, entry.isDirectory() ? 'junction' : 'file');
  }
}

function table(rows) {
  const cells = [['mutant', 'spec', 'verdict', 'seconds'], ...rows.map(({ name, target, verdict, seconds }) => [name, target, verdict, seconds])];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(cells[0]), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...cells.slice(1).map(line)].join('\n');
}
