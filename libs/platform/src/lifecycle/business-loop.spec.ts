import { describe, expect, test } from '@jest/globals';
import { AppError, ManualClock } from '@nexoramail/kernel';
import { silentLogger, type Logger } from '../log/logger.js';
import { ManualTimers } from '../testing/fakes.js';
import { BusinessLoop, type BusinessLoopOptions } from './business-loop.js';
import { Settle } from './settle.js';

const HOUR_MS = 3_600_000;

function setup(run: BusinessLoopOptions['run'], more: Partial<BusinessLoopOptions> = {}) {
  const [clock, timers, settle] = [new ManualClock(), new ManualTimers(), new Settle()];
  const loop = new BusinessLoop({ name: 'spec', everyMs: HOUR_MS, run, clock, timers, settle, logger: silentLogger, ...more });
  /** Fires the timer and waits for the round that it may begin: the next timer is set after it. */
  const look = async (): Promise<void> => {
    timers.fire();
    while (timers.waits.length === 0) await Promise.resolve();
  };
  return { loop, clock, timers, settle, look };
}

describe('a business loop', () => {
  test('runs when the business clock makes it due, at once after a jump, and the test clock waits for it', async () => {
    const runs: Date[] = [];
    const { loop, clock, settle, look } = setup((now) => { runs.push(now); return Promise.resolve(false); });
    loop.start();
    expect(await settle.busy()).toEqual(['spec']);
    await look();
    await look();
    expect(runs).toHaveLength(1);
    expect(await settle.busy()).toEqual([]);
    clock.advance(HOUR_MS);
    expect(await settle.busy()).toEqual(['spec']);
    await look();
    expect(runs).toHaveLength(2);
    await loop.stop();
  });

  test('goes on at once while there is more', async () => {
    let left = 3;
    const { loop, look } = setup(() => Promise.resolve((left -= 1) > 0));
    loop.start();
    await look();
    expect(left).toBe(0);
    await loop.stop();
  });

  test('repeats what failed, less often each time; a defect is an error at once, a database that is away only after a while', async () => {
    const levels: string[] = [];
    const logger: Logger = { ...silentLogger, warn: () => levels.push('warn'), error: () => levels.push('error') };
    let error: Error = new AppError('temporarily_unavailable', 'away');
    const { loop, timers, look } = setup(() => Promise.reject(error), { logger });
    loop.start();
    for (let n = 0; n < 10; n += 1) await look();
    expect(levels).toEqual([...Array.from({ length: 9 }, () => 'warn'), 'error']);
    expect(timers.waits).toEqual([11_000]);
    await loop.stop();
    const defect = setup(() => Promise.reject((error = new Error('defect'))), { logger });
    defect.loop.start();
    await defect.look();
    expect(levels.slice(10)).toEqual(['error']);
    await defect.loop.stop();
  });

  test('is not due before its delay is over, and does nothing after its stop', async () => {
    let runs = 0;
    const { loop, clock, timers, settle, look } = setup(() => { runs += 1; return Promise.resolve(false); }, { startDelayMs: 10_000 });
    loop.start();
    expect(timers.waits).toEqual([10_000]);
    expect(await settle.busy()).toEqual([]);
    timers.fire();
    await look();
    expect(runs).toBe(1);
    await loop.stop();
    clock.advance(HOUR_MS);
    timers.fire();
    expect([runs, timers.waits]).toEqual([1, []]);
    expect(await settle.busy()).toEqual([]);
  });
});
