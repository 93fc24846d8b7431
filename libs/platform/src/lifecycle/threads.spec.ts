import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BusRecord } from '../bus/event-bus.js';
import { echo, EchoServiceService, type EchoService } from '../rpc/fixtures/echo.js';
import { prometheusText } from '../telemetry/prometheus.js';
import { testRuntime } from '../testing/test-runtime.js';
import { startThread, type RunningThread } from './threads.js';

describe('a worker thread', () => {
  const runtime = testRuntime({ databases: { mail: 'postgresql://mail@localhost/x' }, variables: { NEXORA_LOG_LEVEL: 'silent' } });
  const client = runtime.rpc.client<EchoService>(EchoServiceService);
  const ask = async (detail: string): Promise<string> => (await client.get(echo(detail))).detail;
  let thread: RunningThread;
  beforeAll(async () => {
    thread = await startThread(runtime, { name: 'deliver', script: new URL('fixtures/thread.mjs', import.meta.url), schemas: ['mail'] });
  }, 30_000);
  afterAll(() => thread.stop());

  /** The next records on a topic. */
  async function next(topic: string): Promise<Promise<readonly BusRecord[]>[]> {
    const got = Promise.withResolvers<readonly BusRecord[]>();
    await runtime.bus.subscribe({ group: `spec-${topic}`, topics: [topic], handle: async (records) => got.resolve(records), park: async () => undefined });
    return [got.promise]; // wrapped, since an awaited function would wait for it
  }

  test('serves this thread’s calls', async () => {
    expect(await ask('hello')).toBe('thread says hello');
  });

  test('has its databases and the same keys', async () => {
    expect(await ask('database')).toBe('postgresql://mail@localhost/x');
    expect(await ask('key')).toBe(Buffer.from(runtime.keys.derive('x')).toString('hex'));
  });

  test('sees the business clock move', async () => {
    const before = Date.parse(await ask('time'));
    runtime.clock.moveTo(86_400_000);
    expect(Date.parse(await ask('time')) - before).toBeGreaterThanOrEqual(86_400_000);
  });

  test('publishes on our bus, subscribes to it, and parks', async () => {
    const [published] = await next('t');
    expect(await ask('publish')).toBe('published');
    expect(await published).toMatchObject([{ topic: 't', key: 'k', eventId: 'e', type: 'made', headers: { from: 'thread' } }]);
    const [back] = await next('from-thread');
    await runtime.bus.publish([{ topic: 'to-thread', key: 'k', eventId: 'e2', type: 'x', payload: new Uint8Array([9]), headers: {} }]);
    expect([...((await back)?.[0]?.payload ?? [])]).toEqual([9]);
    const [parked] = await next('parked');
    await runtime.bus.publish([{ topic: 'to-thread', key: 'k', eventId: 'e3', type: 'poison', payload: new Uint8Array(), headers: {} }]);
    expect((await parked)?.[0]?.eventId).toBe('e3');
  });

  test('wakes us', async () => {
    const woken = Promise.withResolvers<void>();
    runtime.wake.on('from-thread', () => woken.resolve());
    await ask('wake');
    await woken.promise;
  });

  test('adds its metrics to ours', async () => {
    await ask('count');
    const text = prometheusText(await runtime.telemetry.registry.read());
    expect(text).toContain('nexora_thread_total{thread="deliver"} 5\n');
    expect(text).toMatch(/nodejs_eventloop_delay_seconds\{quantile="0.99",thread="deliver"\}/);
  });

  test('counts in settling and readiness', async () => {
    expect(await runtime.settle.settled(5_000)).toBe(true);
    expect(await runtime.health.readiness()).toEqual({ ready: true, failing: [] });
    runtime.wake.signal('get-busy');
    await Promise.resolve();
    await ask('after the signal');
    expect(await runtime.settle.busy()).toEqual(['thread deliver']);
    expect(await runtime.health.readiness()).toEqual({ ready: false, failing: ['thread deliver'] });
  });

  test('that dies is started again; the call that killed it fails', async () => {
    await expect(client.change(echo('die'))).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    expect((await runtime.health.readiness()).ready).toBe(false);
    // A call waits two seconds for the service to be there again; a busy machine may take longer.
    for (let answer; answer === undefined; ) answer = await ask('back').catch(() => undefined);
    expect(await runtime.health.readiness()).toEqual({ ready: true, failing: [] });
  }, 30_000);

  test('stops, and its services with it', async () => {
    await thread.stop();
    await expect(client.get(echo(''))).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });

  test('a thread that cannot start is an error', async () => {
    await expect(startThread(runtime, { name: 'broken', script: new URL('data:text/javascript,process.exit(9)'), schemas: [] })).rejects.toThrow('The thread broken has ended with code 9');
    await expect(startThread(runtime, { name: 'broken', script: new URL('data:text/javascript,throw new Error("at once")'), schemas: [] })).rejects.toThrow('The thread broken has failed: at once');
  });
});
