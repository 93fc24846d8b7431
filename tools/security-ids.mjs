// docs/security-ids.md: what must hold under attack and fault, and which tests show it. `node tools/security-ids.mjs` writes its last column anew from
// the titles of the tests (`sec-<id>`); tools/security-ids.spec.mjs holds page and tests together.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tableRows } from './docs-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
export const PAGE = `${root}docs/security-ids.md`;
const NAMED = /\bsec-([SAF]\d{1,3})\b/g;

/** Files of tests by the id that they name. A suite is run by several specs and counts itself. Comments do not count. */
export function testsById() {
  const files = globSync(['{apps,libs}/*/src/**/*.{spec,suite}.ts', 'e2e/src/**/*.spec.ts', 'tools/**/*.spec.mjs'], { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' }).sort();
  const found = new Map();
  for (const file of files) {
    if (file === 'tools/security-ids.spec.mjs') continue;
    const code = readFileSync(root + file, 'utf8').split('\n').filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line)).join('\n');
    for (const [, id] of code.matchAll(NAMED)) found.set(id, (found.get(id) ?? new Set()).add(file));
  }
  return found;
}

/** The lines of the page: `id | held or open | what | where tested`. */
export function idsOf(page) {
  return tableRows(page).filter(([id]) => /^[SAF]\d+$/.test(id)).map(([id, state, what, where]) => ({ id, state, what, where: where === '' ? [] : where.split(', ') }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tests = testsById();
  const page = readFileSync(PAGE, 'utf8').replace(/^\| ([SAF]\d+) \| (\w+) \| ((?:[^|\\]|\\.)*?) \|.*\|$/gm, (_line, id, state, what) => `| ${id} | ${state} | ${what} | ${[...(tests.get(id) ?? [])].join(', ')} |`);
  writeFileSync(PAGE, page);
}
