// Each mutant still fits its source: fast, so that who changes such a line hears of it in `npm test`, not a week later from `npm run test:mutants`.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyMutant } from './apply.mjs';
import { MUTANTS } from './mutants.mjs';

const inRoot = (path) => new URL(`../../${path}`, import.meta.url);

for (const mutant of MUTANTS) {
  test(`mutant ${mutant.name} fits`, () => {
    assert.notEqual(applyMutant(readFileSync(inRoot(mutant.file), 'utf8'), mutant), undefined);
    assert.ok(existsSync(inRoot(`${mutant.project}/${mutant.spec}`)), `${mutant.project}/${mutant.spec} does not exist`);
  });
}

test('an edit must find its text exactly once and change it', () => {
  assert.equal(applyMutant('a b c', { find: 'b', replace: '$&' }), 'a $& c');
  assert.throws(() => applyMutant('a b b', { find: 'b', replace: 'c' }), /stands 2 times/);
  assert.throws(() => applyMutant('a', { find: 'b', replace: 'c' }), /stands 0 times/);
  assert.throws(() => applyMutant('b', { find: 'b', replace: 'b' }), /changes nothing/);
});

test('names are unique', () => assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length));
