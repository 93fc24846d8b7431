// Pages of docs/ that repeat what a source says are held equal to it. The sources are compiled on the fly: no build is needed, and none can be stale.
import '../libs/platform/src/workers/source-loader.mjs';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { tableAfter } from './docs-table.mjs';

const inRoot = (path) => new URL(`../${path}`, import.meta.url);
const page = (name) => readFileSync(inRoot(`docs/${name}`), 'utf8');
const { ERROR_CODES } = await import(inRoot('libs/kernel/src/error-code.ts'));
const { CATEGORIES } = await import(inRoot('libs/kernel/src/category.ts'));

test('docs/errors.md is ERROR_CODES', () => {
  const rows = tableAfter(page('errors.md'), '| code |');
  assert.deepEqual(
    rows.map(([code, ...rest]) => [code.replace(/^<a id="(\w+)"><\/a>`\1`$/, '$1'), ...rest.slice(0, 4)]),
    Object.entries(ERROR_CODES).map(([code, { http, smtp, retryable, title }]) => [code, String(http), smtp?.join(' ') ?? '–', retryable ? 'yes' : 'no', title]),
  );
  for (const [code, , , , , todo] of rows) assert.ok(todo.length > 20, `${code}: what a customer does`);
});

test('the codes of the OpenAPI document are ERROR_CODES', async () => {
  const { openApiDocument } = await import(inRoot('apps/gateway/src/openapi.ts'));
  const { schema } = openApiDocument([], 'http://127.0.0.1').components.responses.Problem.content['application/problem+json'];
  assert.deepEqual(schema.properties.code.enum, Object.keys(ERROR_CODES));
});

test('docs/categories.md is CATEGORIES', () => {
  const time = (seconds) => (seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`);
  const answer = (flag) => (flag ? 'yes' : 'no');
  const rows = tableAfter(page('categories.md'), '| category |');
  assert.deepEqual(rows.map((row) => row.slice(0, 4)), Object.entries(CATEGORIES).map(([name, { ttlS, recurring, essential }]) => [`\`${name}\``, time(ttlS), answer(recurring), answer(essential)]));
  for (const [name, , , , examples] of rows) assert.ok(examples.length > 5, `${name}: an example`);
});

test('docs/topics.md is TOPICS', async () => {
  const { TOPICS } = await import(inRoot('libs/contracts/src/topics/topics.ts'));
  assert.deepEqual(
    tableAfter(page('topics.md'), '| topic |'),
    TOPICS.map(({ name, owner, readers, keyName, partitions, retentionHours, purpose }) => [`\`${name}\``, owner, readers.join(', '), keyName, String(partitions), `${retentionHours} h`, purpose]),
  );
});
