import { expect, test } from '@jest/globals';
import { viaPrisma } from '@nexoramail/platform';
import { eventually, freePort, usePostgres, withAdmin } from '@nexoramail/testing';
import { MIGRATIONS } from '../../index.js';
import type { PrismaClient } from './generated/client.js';
import { openPrisma } from './prisma-client.js';

const postgres = usePostgres({ schema: 'accounts', migrations: MIGRATIONS });

test('a server that is away is temporarily_unavailable at once', async () => {
  const prisma = openPrisma(`postgresql://accounts:x@127.0.0.1:${await freePort()}/none`);
  await expect(viaPrisma(() => prisma.account.count())).rejects.toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });
  await prisma.$disconnect();
});

test.each<[string, (prisma: PrismaClient) => Promise<unknown>]>([
  ['read', (prisma) => prisma.plan.findMany()],
  ['write', (prisma) => prisma.plan.update({ where: { id: 'starter' }, data: { domains: 3 } })],
  ['raw query', (prisma) => prisma.$queryRaw`SELECT id FROM plan`],
])('a %s that lost its connection is temporarily_unavailable, and the next one gets a new connection', async (_name, query) => {
  const prisma = openPrisma(postgres.url);
  await withAdmin(async (admin) => {
    await admin.query('BEGIN; LOCK TABLE accounts.plan');
    const lost = viaPrisma(() => query(prisma)).catch((error: unknown) => error);
    // From another connection: a transaction sees one picture of the activity only.
    const end = (): Promise<{ rowCount: number | null }> => withAdmin((other) => other.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexora-accounts-prisma' AND wait_event_type = 'Lock'`));
    await eventually(async () => expect((await end()).rowCount).toBeGreaterThan(0));
    expect(await lost).toMatchObject({ code: 'temporarily_unavailable' });
    await admin.query('ROLLBACK');
  }, postgres.adminUrl);
  expect(await viaPrisma(() => prisma.plan.count())).toBe(3);
  await prisma.$disconnect();
});
