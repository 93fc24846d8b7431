// docs/operations.md names every variable, metric and port that the sources know, no others, and quotes log lines as they are written.
import '../libs/platform/src/workers/source-loader.mjs';
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tableAfter } from './docs-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/operations.md`, 'utf8');
const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root })
  .filter((file) => !/\.(spec|suite)\.ts$|\/(generated|testing|test-support|fixtures)\/|^libs\/testing\//.test(file))
  .map((file) => readFileSync(root + file, 'utf8'));
const found = (pattern, texts = sources) => new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)));
const quoted = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
const difference = (a, b) => [...new Set(a)].filter((name) => !new Set(b).has(name)).sort();

// What the command line sets in a message of its own, names that are built, and what belongs to others.
const BUILT = ['NEXORA_GRPC_<CONTEXT>', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_SERVICE_NAME', 'NODE_ENV', 'DATABASE_URL', 'DELIVER', 'DISPATCH_ROLE'];

test('the table of variables is complete, and each of them exists', () => {
  const table = tableAfter(page, '| variable |').flatMap(([name]) => quoted(name));
  const known = [...found(/\b(NEXORA_[A-Z]+(?:_[A-Z]+)*)\b(?!_)/g), ...found(/^ +(WEBHOOKS_[A-Z_]+):/gm)].filter((name) => !/^NEXORA_(GRPC_COMPLIANCE|GRPC_TLS|BASE_URL)$/.test(name));
  assert.deepEqual(difference(known, table), [], 'not in the table');
  assert.deepEqual(difference(table, [...known, ...BUILT]), [], 'in the table only');
});

test('defaults of numbers and ports are those of the schemas', () => {
  const defaults = new Map();
  for (const text of sources) {
    for (const [, name, port] of text.matchAll(/\b([A-Z_]{6,}): port\((\d+)\)/g)) defaults.set(name, port);
    for (const [, name, number] of text.matchAll(/\b([A-Z_]{6,}): (?:whole|Type\.Integer)\(\{[^}]*default: (\d[\d_]*)/g)) defaults.set(name, number.replaceAll('_', ''));
  }
  assert.ok(defaults.size >= 15, `${defaults.size} defaults found`);
  const table = new Map(tableAfter(page, '| variable |').map(([name, value]) => [quoted(name)[0], value]));
  assert.deepEqual([...defaults].filter(([name, value]) => table.get(name) !== value), []);
  for (const [port, , variable] of tableAfter(page, '| port |')) assert.equal(defaults.get(quoted(variable)[0]), port, variable);
});

test('the table of metrics is complete, and each of them exists', () => {
  const table = tableAfter(page, '| metric |').flatMap(([names]) => quoted(names));
  const known = found(/\.(?:counter|gauge|histogram)\('([a-z_]+)'/g);
  assert.deepEqual(difference(known, table), [], 'not in the table');
  assert.deepEqual(difference(table, known), [], 'in the table only');
});

test('log lines are quoted as they are written', () => {
  const code = sources.join('\n');
  // A message may be made of a part and an ending.
  const missing = tableAfter(page, '| level |').flatMap(([, message]) => quoted(message)).filter((text) => !code.includes(text.replace(/; trying again$/, '')));
  assert.deepEqual(missing, []);
});

test('relative links of docs/ lead somewhere', () => {
  const broken = globSync('docs/**/*.md', { cwd: root }).flatMap((file) => [...readFileSync(root + file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
    .filter(([, link]) => globSync(fileURLToPath(new URL(link, `file://${root}${file}`)).replace(/\/$/, '')).length === 0).map(([, link]) => `${file}: ${link}`));
  assert.deepEqual(broken, []);
});
