import { afterEach, describe, expect, test } from '@jest/globals';
import { WorkerPool, type WorkerPoolOptions } from './pool.js';

describe('WorkerPool', () => {
  let pool: WorkerPool;
  const open = (options: Partial<WorkerPoolOptions> = {}): WorkerPool => (pool = new WorkerPool({ script: new URL('fixtures/jobs.mjs', import.meta.url), ...options }));
  afterEach(() => pool.close());

  test('runs jobs by name, each with its own answer', async () => {
    open({ size: 2 });
    expect(await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run<number>(i % 2 ? 'double' : 'later', i)))).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 ? i * 2 : i + 1)));
  });

  test('moves buffers instead of copying them', async () => {
    const bytes = new Uint8Array(1_000);
    expect(await open().run('length', bytes, [bytes.buffer])).toBe(1_000);
    expect(bytes.byteLength).toBe(0);
  });

  test('brings AppErrors across, hides defects', async () => {
    open();
    await expect(pool.run('refuse', null)).rejects.toMatchObject({ code: 'validation_failed', message: 'not this one', errors: [{ pointer: '/html' }] });
    for (const name of ['defect', 'toString']) {
      const error = await pool.run(name, null).catch((reason: Error) => reason);
      expect(error).toMatchObject({ code: 'internal' });
      expect((error as Error).message).not.toContain('private');
    }
  });

  test('a job that spins, eats the heap or ends its thread fails alone; the next one runs', async () => {
    open({ timeoutMs: 1_000, resourceLimits: { maxOldGenerationSizeMb: 48 } });
    await pool.run('double', 1); // a warm thread, so that the time limit measures the job
    await expect(pool.run('quit', null)).rejects.toMatchObject({ code: 'internal' });
    await expect(pool.run('eat', null)).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(await pool.run('double', 2)).toBe(4);
    const [spun, next] = await Promise.allSettled([pool.run('spin', null), pool.run('double', 4)]);
    expect(spun).toMatchObject({ status: 'rejected', reason: { code: 'payload_too_large' } });
    expect(next).toEqual({ status: 'fulfilled', value: 8 });
    await expect(pool.run('spin', null)).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(await pool.run('double', 5)).toBe(10); // while the old thread ends
  }, 30_000);

  test('refuses what it cannot keep, and everything after close', async () => {
    open({ maxWaiting: 1 });
    const running = pool.run('double', 1);
    const waiting = pool.run('double', 2);
    await expect(pool.run('double', 3)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    expect(await Promise.all([running, waiting])).toEqual([2, 4]);
    const cut = expect(pool.run('spin', null)).rejects.toMatchObject({ code: 'internal' });
    await pool.close();
    await cut;
    await expect(pool.run('double', 1)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });
});
