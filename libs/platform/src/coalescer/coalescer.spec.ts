import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '@nexoramail/kernel';
import { Coalescer, type CoalescerOptions } from './coalescer.js';

interface Sent {
  readonly items: readonly number[];
  answer(): void;
  fail(error: Error): void;
}

/** A coalescer of numbers whose batches are answered by hand; the answer of n is `r<n>`. */
function setup(options: Partial<CoalescerOptions<number, string>> = {}): { coalescer: Coalescer<number, string>; sent: Sent[] } {
  const sent: Sent[] = [];
  const coalescer = new Coalescer<number, string>({
    send: (items) => new Promise((resolve, reject) => sent.push({ items, answer: () => resolve(items.map((n) => `r${n}`)), fail: reject })),
    ...options,
  });
  return { coalescer, sent };
}

/** Lets everything that is decided happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const batches = (sent: readonly Sent[]): (readonly number[])[] => sent.map(({ items }) => items);

describe('Coalescer', () => {
  test('sends at once when idle; what comes meanwhile leaves together, in order', async () => {
    const { coalescer, sent } = setup();
    const first = coalescer.submit(1);
    await turn();
    const rest = [2, 3, 4].map((n) => coalescer.submit(n));
    await turn();
    expect(batches(sent)).toEqual([[1]]);
    sent[0]?.answer();
    expect(await first).toBe('r1');
    await turn();
    expect(batches(sent)).toEqual([[1], [2, 3, 4]]);
    sent[1]?.answer();
    expect(await Promise.all(rest)).toEqual(['r2', 'r3', 'r4']);
  });

  test('a burst of one turn is one batch', async () => {
    const { coalescer, sent } = setup();
    for (const n of [1, 2, 3]) void coalescer.submit(n);
    await turn();
    expect(batches(sent)).toEqual([[1, 2, 3]]);
  });

  test('cuts batches by items and by bytes; a larger item travels alone', async () => {
    const { coalescer, sent } = setup({ maxItems: 3, maxBytes: 10, sizeOf: (n) => n, inFlight: 10 });
    for (const n of [4, 4, 4, 50, 1, 1, 1, 1]) void coalescer.submit(n);
    await turn();
    expect(batches(sent)).toEqual([[4, 4], [4], [50], [1, 1, 1], [1]]);
  });

  test('keeps to the number in flight', async () => {
    const { coalescer, sent } = setup({ inFlight: 2, maxItems: 1 });
    for (const n of [1, 2, 3]) void coalescer.submit(n);
    await turn();
    expect(batches(sent)).toEqual([[1], [2]]);
    sent[1]?.answer();
    await turn();
    expect(batches(sent)).toEqual([[1], [2], [3]]);
  });

  test('refuses past the items or bytes that may wait, and takes them again afterwards', async () => {
    const { coalescer, sent } = setup({ maxWaitingItems: 2, maxWaitingBytes: 10, sizeOf: (n) => n });
    void coalescer.submit(1);
    await turn();
    void coalescer.submit(2);
    await expect(coalescer.submit(9)).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 1 });
    void coalescer.submit(3);
    expect(coalescer.size).toBe(2);
    await expect(coalescer.submit(1)).rejects.toMatchObject({ code: 'rate_limited' });
    sent[0]?.answer();
    await turn();
    void coalescer.submit(100); // alone, so larger than the byte limit
    expect(coalescer.size).toBe(1);
    sent[1]?.answer();
    await turn();
    void coalescer.submit(5);
    void coalescer.submit(5); // what has left counts no longer
    expect(coalescer.size).toBe(2);
  });

  test('one failing batch rejects its items only', async () => {
    const { coalescer, sent } = setup({ maxItems: 2 });
    const calls = [1, 2, 3].map((n) => coalescer.submit(n));
    const outcomes = Promise.allSettled(calls);
    await turn();
    sent[0]?.fail(new Error('broken'));
    await turn();
    sent[1]?.answer();
    expect((await outcomes).map((o) => (o.status === 'fulfilled' ? o.value : (o.reason as Error).message))).toEqual(['broken', 'broken', 'r3']);
  });

  test('an answer of another length is a defect of that batch', async () => {
    const { coalescer } = setup({ send: () => Promise.resolve(['one']) });
    const outcomes = await Promise.allSettled([coalescer.submit(1), coalescer.submit(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a send that throws rejects its items', async () => {
    const { coalescer } = setup({
      send: () => {
        throw new Error('not even a promise');
      },
    });
    await expect(coalescer.submit(1)).rejects.toThrow('not even a promise');
  });

  test('repeats a failed batch in halves when asked to, so that one bad item fails alone', async () => {
    const sends: (readonly number[])[] = [];
    const { coalescer } = setup({
      splitOnFailure: (error) => (error as Error).message === 'bad item',
      send: (items) => {
        sends.push(items);
        return items.includes(5) ? Promise.reject(new Error('bad item')) : Promise.resolve(items.map((n) => `r${n}`));
      },
    });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map((n) => coalescer.submit(n)));
    expect(outcomes.map(({ status }) => status).indexOf('rejected')).toBe(4);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(sends).toEqual([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]]);
  });

  test('keeps the least gap between flushes under load; an idle one flushes at once', async () => {
    const clock = new ManualClock();
    const timers: { ms: number; run: () => void }[] = [];
    const { coalescer, sent } = setup({ minGapMs: 20, inFlight: 5, monotonic: clock.monotonic, after: (ms, run) => timers.push({ ms, run }) });
    void coalescer.submit(1);
    await turn();
    expect(batches(sent)).toEqual([[1]]);
    clock.advance(5);
    void coalescer.submit(2);
    void coalescer.submit(3);
    await turn();
    expect(batches(sent)).toEqual([[1]]);
    expect(timers.map(({ ms }) => ms)).toEqual([15]);
    clock.advance(15);
    timers[0]?.run();
    expect(batches(sent)).toEqual([[1], [2, 3]]);
    clock.advance(21);
    void coalescer.submit(4);
    await turn();
    expect(batches(sent)).toEqual([[1], [2, 3], [4]]);
    expect(timers).toHaveLength(1);
  });

  test('close takes no more and waits for what is submitted', async () => {
    const { coalescer, sent } = setup();
    const one = coalescer.submit(1);
    await turn();
    const two = coalescer.submit(2);
    let closed = false;
    const closing = coalescer.close().then(() => (closed = true));
    await expect(coalescer.submit(3)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    sent[0]?.answer();
    await one;
    await turn();
    expect(closed).toBe(false);
    sent[1]?.answer();
    await two;
    await closing;
    await coalescer.close();
  });

  test('any course of submits, answers and failures: each item its own result, once, in order, within the limits', async () => {
    const step = fc.oneof(fc.record({ do: fc.constant('submit' as const), n: fc.integer({ min: 1, max: 9 }) }), fc.record({ do: fc.constantFrom('answer' as const, 'fail' as const), n: fc.nat(4) }));
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }), async (steps, inFlight, maxItems) => {
      const { coalescer, sent } = setup({ inFlight, maxItems, maxBytes: 20, sizeOf: (id) => (id % 9) + 1, maxWaitingItems: 15 });
      const failed = new Set<number>();
      const done = new Set<Sent>();
      const results: Promise<[number, PromiseSettledResult<string>]>[] = [];
      let id = 0;
      const finish = (batch: Sent, fail: boolean): void => {
        done.add(batch);
        if (fail) for (const item of batch.items) failed.add(item);
        if (fail) batch.fail(new Error('lost'));
        else batch.answer();
      };
      for (const { do: act, n } of steps) {
        if (act === 'submit') {
          for (let i = 0; i < n; i++) {
            const mine = ++id;
            results.push(Promise.allSettled([coalescer.submit(mine)]).then(([result]) => [mine, result]));
          }
        } else {
          const running = sent.filter((batch) => !done.has(batch));
          const batch = running[n % Math.max(1, running.length)];
          if (batch) finish(batch, act === 'fail');
        }
        await turn();
        expect(sent.length - done.size).toBeLessThanOrEqual(inFlight);
        expect(coalescer.size).toBeLessThanOrEqual(15);
      }
      const closing = coalescer.close();
      for (let batch; (batch = sent.find((candidate) => !done.has(candidate))); await turn()) finish(batch, false);
      await closing;
      const order = sent.flatMap(({ items }) => items);
      expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
      for (const { items } of sent) expect(items.length === 1 || (items.length <= maxItems && items.reduce((sum, item) => sum + (item % 9) + 1, 0) <= 20)).toBe(true);
      for (const [mine, result] of await Promise.all(results)) {
        if (!order.includes(mine)) expect(result).toMatchObject({ reason: { code: 'rate_limited' } });
        else if (failed.has(mine)) expect(result).toMatchObject({ reason: { message: 'lost' } });
        else expect(result).toEqual({ status: 'fulfilled', value: `r${mine}` });
      }
    }), { numRuns: 100 });
  });
});
