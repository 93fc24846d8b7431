import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from '@jest/globals';

/** The SQL that every context's first migration holds; works from `src` and from `dist`. */
export const sharedTablesSql = new URL('../../sql/shared-tables.sql', import.meta.url);

/** A migrations folder with nothing but the shared tables: for specs of outbox, bus and jobs that need no context. */
export function sharedTablesMigrations(): URL {
  const folder = mkdtempSync(join(tmpdir(), 'nexora-migrations-'));
  mkdirSync(join(folder, '0001_shared'));
  copyFileSync(sharedTablesSql, join(folder, '0001_shared', 'migration.sql'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return pathToFileURL(`${folder}/`);
}
