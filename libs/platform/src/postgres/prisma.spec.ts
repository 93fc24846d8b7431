import { AppError } from '@nexoramail/kernel';
import { expect, test } from '@jest/globals';
import { prismaPool, viaPrisma } from './prisma.js';

const failing = (error: unknown): Promise<unknown> => viaPrisma(() => Promise.reject(error as Error));

test.each<[string, unknown]>([
  ['Prisma cannot reach the server', { code: 'P1001' }],
  ['no free connection in time', new Error('timeout exceeded when trying to connect')],
  ['a driver error as cause', { message: 'query failed', cause: { originalCode: '57P01' } }],
  ['a driver error in meta', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'ConnectionClosed' } } } }],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['a cancelled statement', { code: 'P2010', cause: { code: '57014' } }],
])('%s: temporarily_unavailable', async (_name, error) => {
  await expect(failing(error)).rejects.toMatchObject({ code: 'temporarily_unavailable', retryAfterS: 1 });
});

test('a defect stays a defect, a broken constraint too, and an answer of ours is left alone', async () => {
  for (const error of [new TypeError('x'), { code: 'P2002' }, { code: 'P2010', cause: { originalCode: '23505' } }, new AppError('not_found', 'gone')]) {
    await expect(failing(error)).rejects.toBe(error);
  }
});

test('the pool is small, limited in time and confined to its schema', () => {
  expect(prismaPool('postgresql://x', 'tracking', 1)).toMatchObject([{ max: 1, options: '-c search_path=tracking', connectionTimeoutMillis: 2000, statement_timeout: 10_000 }, { schema: 'tracking' }]);
});
