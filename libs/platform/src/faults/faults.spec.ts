import { describe, expect, test } from '@jest/globals';
import { isAppError } from '@nexoramail/kernel';
import { createFaults, noFaults, parseFaultSpec, SpecFaults } from './faults.js';

/** Passes a point so many times; tells at which passes it acted. */
function passes(spec: string, point: string, times: number, seed = 1): number[] {
  const acted: number[] = [];
  let pass = 0;
  const faults = new SpecFaults(parseFaultSpec(spec), seed, () => acted.push(pass));
  for (pass = 1; pass <= times; pass++) void faults.point(point);
  return acted;
}

describe('faults', () => {
  test('do nothing unless asked for, and are refused in production', () => {
    expect(createFaults({})).toBe(noFaults);
    expect(createFaults({ NEXORA_FAULTS: ' ' })).toBe(noFaults);
    expect(noFaults.point('anything')).toBeUndefined();
    expect(() => createFaults({ NEXORA_FAULTS: 'a:kill', NODE_ENV: 'production' })).toThrow('NEXORA_FAULTS must not be set when NODE_ENV=production');
    expect(() => createFaults({ NEXORA_FAULTS: 'a:kill', NEXORA_FAULT_SEED: 'x' })).toThrow('NEXORA_FAULT_SEED must be a whole number');
  });

  test('kill at exactly the pass, at its point only', () => {
    expect(passes('accept.before-commit:kill#3,other:kill', 'accept.before-commit', 10)).toEqual([3]);
    expect(passes('accept.before-commit:kill', 'elsewhere', 10)).toEqual([]);
    expect(passes('accept.before-commit:kill', 'accept.before-commit', 3)).toEqual([1, 2, 3]);
  });

  test('act with a probability that a seed repeats, whatever other points do', () => {
    const acted = passes('dispatch.after-250:kill@0.2', 'dispatch.after-250', 5_000);
    expect(acted.length).toBeGreaterThan(850);
    expect(acted.length).toBeLessThan(1_150);
    expect(passes('dispatch.after-250:kill@0.2,x:kill@0.5', 'dispatch.after-250', 5_000)).toEqual(acted);
    expect(passes('dispatch.after-250:kill@0.2', 'dispatch.after-250', 5_000, 2)).not.toEqual(acted);
    expect(passes('a:kill@0', 'a', 100)).toEqual([]);
    expect(passes('a:kill@0.5', 'a', 100)).not.toEqual(passes('b:kill@0.5', 'b', 100));
  });

  test('throw a defect, a database error or one of our codes', () => {
    const faults = new SpecFaults(parseFaultSpec('a:throw,b:throw=40001,c:throw=temporarily_unavailable'), 1);
    const thrown = (point: string): unknown => {
      try {
        void faults.point(point);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(thrown('a')).toMatchObject({ message: 'Fault injected at a' });
    expect(thrown('b')).toMatchObject({ code: '40001' });
    expect(isAppError(thrown('b'))).toBe(false);
    expect(isAppError(thrown('c'))).toBe(true);
  });

  test('delay by the sum of what is asked', async () => {
    const waits: number[] = [];
    const faults = new SpecFaults(parseFaultSpec('a:delay=200,a:delay=50#1'), 1, undefined, (ms) => Promise.resolve(void waits.push(ms)));
    await faults.point('a');
    await faults.point('a');
    expect(waits).toEqual([250, 200]);
  });

  test.each(['a', 'a:explode', 'a:kill@2', 'a:kill@x', 'a:kill#0', 'a:delay', 'a:delay=long', ':kill', 'a kill'])('a spec that says nothing sensible is refused: %s', (spec) => {
    expect(() => parseFaultSpec(spec)).toThrow('NEXORA_FAULTS must be a list of');
  });
});
