import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createTestDatabase, sharedTablesSql } from '@nexoramail/testing';
import { MIGRATIONS } from '../index.js';

const project = fileURLToPath(new URL('../../', import.meta.url));

test('the migrations make what the Prisma schema says, no more and no less', async () => {
  const database = await createTestDatabase();
  try {
    const prisma = fileURLToPath(new URL('../../node_modules/.bin/prisma', new URL('../../', import.meta.url)));
    const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
    const { stdout } = await promisify(execFile)(prisma, args, { cwd: project, env: { ...process.env, DATABASE_URL: database.adminUrl } });
    expect(stdout).toContain('No difference detected');
  } finally {
    await database.drop();
  }
}, 60_000);

test('the first migration ends with the platform\'s shared tables as they are now', () => {
  expect(readFileSync(new URL('0001_init/migration.sql', MIGRATIONS), 'utf8').endsWith(readFileSync(sharedTablesSql, 'utf8'))).toBe(true);
});
