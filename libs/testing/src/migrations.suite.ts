import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { createTestDatabase, sharedTablesSql } from '@nexoramail/platform/testing';

/** What holds for the SQL of every context. `migrations`: its folder, `prisma/migrations/` of the project. */
export function describeMigrations(migrations: URL): void {
  const project = new URL('../../', migrations);

  describe('the migrations', () => {
    test('make what the Prisma schema says, no more and no less', async () => {
      const database = await createTestDatabase();
      try {
        const prisma = fileURLToPath(new URL('../../node_modules/.bin/prisma', project));
        const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
        const { stdout } = await promisify(execFile)(prisma, args, { cwd: fileURLToPath(project), env: { ...process.env, DATABASE_URL: database.adminUrl } });
        expect(stdout).toContain('No difference detected');
      } finally {
        await database.drop();
      }
    }, 60_000);

    test('hold the platform\'s shared tables as they are now', () => {
      expect(readFileSync(new URL('0001_init/migration.sql', migrations), 'utf8')).toContain(readFileSync(sharedTablesSql, 'utf8'));
    });
  });
}
