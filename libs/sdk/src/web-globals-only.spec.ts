/// <reference types="node" />
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

test('the SDK runs wherever fetch does: no source imports a package or a module of Node', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  expect(files).toContain('client.ts');
  for (const file of files) {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8');
    expect([file, ...source.matchAll(/from '([^.][^']*)'/g)]).toEqual([file]);
    expect([file, ...(source.match(/\b(?:Buffer|require)\b/g) ?? [])]).toEqual([file]);
  }
});
