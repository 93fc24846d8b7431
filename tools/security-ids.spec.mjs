import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { idsOf, PAGE, testsById } from './security-ids.mjs';

const ids = idsOf(readFileSync(PAGE, 'utf8'));
const tests = testsById();
const listed = new Set(ids.map(({ id }) => id));

test('each id stands once, is held or open, and says what it is', () => {
  assert.equal(listed.size, ids.length);
  assert.ok(ids.length >= 170, `${ids.length} ids: the page is not read right`);
  for (const { id, state, what } of ids) assert.ok(/^(held|open)$/.test(state) && what.length > 3, `${id}: ${state}`);
});

test('an id that is held has a test with its name', () => {
  assert.deepEqual(ids.filter(({ id, state }) => state === 'held' && !tests.has(id)).map(({ id }) => id), []);
});

test('a test names no id that is not listed', () => {
  assert.deepEqual([...tests].filter(([id]) => !listed.has(id)).map(([id, files]) => `${id} in ${[...files].join(', ')}`), []);
});

test('no line points to a file without such a test (`node tools/security-ids.mjs` writes the column anew)', () => {
  assert.deepEqual(ids.flatMap(({ id, where }) => where.filter((file) => !tests.get(id)?.has(file)).map((file) => `${id} ${file}`)), []);
});
