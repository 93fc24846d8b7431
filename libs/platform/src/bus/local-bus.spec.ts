import { describe, expect, test } from '@jest/globals';
import type { BusRecord, Subscription } from './event-bus.js';
import { LocalBus } from './local-bus.js';

const record = (n: number, topic = 'topic'): BusRecord => ({ topic, key: `key-${n}`, eventId: String(n), type: 't', payload: Uint8Array.of(n), headers: {} });
function group(name: string, topics = ['topic']): { batches: number[]; subscription: Subscription } {
  const batches: number[] = [];
  return { batches, subscription: { group: name, topics, handle: (records) => { batches.push(records.length); return Promise.resolve(); }, park: () => Promise.resolve() } };
}

describe('LocalBus', () => {
  test('held, it acknowledges nothing before it is opened, so that a group that starts late misses nothing', async () => {
    const bus = new LocalBus({ held: true });
    const publishing = bus.publish([record(1)]);
    const late = group('late');
    await bus.subscribe(late.subscription);
    expect(late.batches).toEqual([]);
    bus.open();
    await publishing;
    expect(late.batches).toEqual([1]);
  });

  test('records published side by side are handled together, at most 500 at once', async () => {
    const bus = new LocalBus();
    const one = group('one');
    await bus.subscribe(one.subscription);
    await Promise.all(Array.from({ length: 16 }, (_, n) => bus.publish(Array.from({ length: 40 }, (_unused, i) => record(n * 40 + i)))));
    expect(one.batches).toEqual([500, 140]);
  });

  test('a slow group delays the acknowledgement, not another group', async () => {
    const bus = new LocalBus();
    const gate = Promise.withResolvers<void>();
    const quick = group('quick');
    await bus.subscribe({ ...group('slow').subscription, handle: () => gate.promise });
    await bus.subscribe(quick.subscription);
    let acknowledged = false;
    const first = bus.publish([record(1)]).then(() => { acknowledged = true; });
    const second = bus.publish([record(2)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([quick.batches, acknowledged]).toEqual([[2], false]);
    gate.resolve();
    await Promise.all([first, second]);
  });

  test('a topic without readers is acknowledged, and a group cannot subscribe twice', async () => {
    const bus = new LocalBus();
    await bus.subscribe(group('one').subscription);
    await expect(bus.publish([record(1, 'unread')])).resolves.toBeUndefined();
    await expect(bus.subscribe(group('one', ['other']).subscription)).rejects.toThrow('subscribed already');
  });
});
