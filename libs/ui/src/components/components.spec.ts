import { expect, test } from '@jest/globals';
import { createElement as h, type ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { DataTable, QueryView, StatusBadge, Tag, Timeline, Transcript } from '../index.js';

const evil = '<img src=x onerror=alert(1)>\u202e';
const html = (element: ReactElement): string => renderToStaticMarkup(element);
const view = (query: { data: string[] | undefined; error: unknown }): string =>
  html(h(QueryView<string[]>, { query: { ...query, refetch: () => undefined }, empty: 'nothing', children: (rows: string[]) => rows.join() }));

test('a dialogue shows the words of a hostile server as text', () => {
  const out = html(h(Transcript, { label: 'SMTP', lines: [{ at_ms: 0, dir: 's', line: `550 ${evil}` }, { at_ms: 12, dir: 'c', line: 'QUIT' }] }));
  expect(out).toContain('550 &lt;img src=x onerror=alert(1)&gt;⟨U+202E⟩');
  expect(out).not.toContain('<img');
  expect(out).toMatch(/data-dir="s" data-tone="danger"/);
});

test('a timeline tells the time between its facts and quotes strangers as text', () => {
  const out = html(h(Timeline, { label: 'T', entries: [{ id: '1', type: 'email.accepted', at: '2026-03-01T09:00:00Z' }, { id: '2', type: 'email.bounced', at: '2026-03-01T09:00:01.5Z', quote: evil }] }));
  expect(out).toContain('+1.50 s');
  expect(out).toContain('data-event-type="email.bounced"');
  expect(out).not.toContain('<img');
});

test('tags and states of strangers are text', () => {
  expect(html(h(Tag, null, evil))).not.toContain('<img');
  expect(html(h(StatusBadge, { status: evil }))).not.toContain('<img');
});

test('a query is loading, failed, empty or shown, and stays in sight while a renewal fails', () => {
  expect(view({ data: undefined, error: null })).toContain('Loading');
  expect(view({ data: undefined, error: new Error('x') })).toContain('role="alert"');
  expect(view({ data: [], error: null })).toBe('nothing');
  expect(view({ data: ['a', 'b'], error: null })).toBe('a,b');
  const stale = view({ data: ['a', 'b'], error: Object.assign(new Error('The server answered 503.'), { code: 'internal' }) });
  expect(stale).toContain('The server answered 503.');
  expect(stale).toContain('a,b');
});

test('a table keeps the order it is given and stays a table for screen readers', () => {
  const out = html(h(DataTable<{ id: string }>, { label: 'Rows', rows: [{ id: 'b' }, { id: 'a' }], rowId: (row) => row.id, columns: [{ id: 'name', header: 'Name', slot: 'title', cell: (row) => row.id, sortBy: (row) => row.id }] }));
  expect([...out.matchAll(/data-row-id="(\w)"/g)].map(([, id]) => id)).toEqual(['b', 'a']);
  expect(out).toContain('role="table" aria-label="Rows"');
  expect(out).toContain('data-slot="title"');
});
