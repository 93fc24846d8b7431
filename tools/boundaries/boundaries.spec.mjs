// Shows that every boundary rule bites: for each fixture a tree of the repository's shape, one bad import, and the rule's own error.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import config from '../../.dependency-cruiser.mjs';
import { FIXTURES } from './fixtures.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = ['accounts', 'dispatch', 'tracking', 'compliance', 'webhooks', 'kernel', 'mail', 'contracts', 'platform', 'testing', 'sandbox', 'ui', 'sdk', 'cli'];

function cruise(fixture) {
  const folder = mkdtempSync(join(repository, '.nx/boundaries-'));
  const write = (file, text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  try {
    for (const name of NAMES) write(`libs/${name}/src/index.ts`, 'export {};\n');
    for (const name of ['gateway', 'tracking', 'dashboard']) write(`apps/${name}/src/index.ts`, 'export {};\n');
    for (const [file, text] of Object.entries(fixture?.also ?? {})) write(file, text);
    if (fixture) write(fixture.file, `import '${fixture.imports}';\n`);
    const depcruise = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const run = spawnSync(process.execPath, [depcruise, '--config', join(repository, '.dependency-cruiser.mjs'), '--output-type', 'err', 'apps', 'libs'], { cwd: folder, encoding: 'utf8' });
    return { ...run, text: run.stdout + run.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a tree that breaks nothing passes', () => {
  const { status, text } = cruise();
  assert.equal(status, 0, text);
});

for (const fixture of FIXTURES) {
  test(`${fixture.rule}: ${fixture.file} must not import ${fixture.imports}`, () => {
    const { status, text } = cruise(fixture);
    assert.notEqual(status, 0, 'the bad import passed');
    assert.match(text, new RegExp(`error ${fixture.rule}`));
  });
}

test('every rule has a fixture that breaks it', () => {
  const named = new Set(FIXTURES.map(({ rule }) => rule));
  assert.deepEqual(config.forbidden.map(({ name }) => name).filter((name) => !named.has(name)), []);
});
