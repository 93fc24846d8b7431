import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '@nexoramail/kernel';
import type { BusRecord, EventBus, Subscription } from '@nexoramail/platform';
import { recordOf } from './bus-records.js';

/** A bus under test and how records reach it: directly by `publish`, or through an outbox and its relay. */
export interface EventBusUnderTest {
  readonly bus: EventBus;
  /** Hands records to the bus; need not wait for the groups. Order of calls is the order of publishing. */
  send(records: readonly BusRecord[]): Promise<void>;
  /** Resolves when everything sent has been acknowledged by every group. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

const TOPIC = 'nexora.test.events.v1';
const OTHER = 'nexora.test.others.v1';

/** A group that notes what it gets. `handle` may be replaced by a test. */
class Recorder {
  readonly seen: BusRecord[] = [];
  readonly parked: { record: BusRecord; error: Error }[] = [];

  constructor(readonly group: string, readonly topics: readonly string[] = [TOPIC]) {}

  fail: (record: BusRecord) => Error | undefined = () => undefined;

  get subscription(): Subscription {
    return {
      group: this.group,
      topics: this.topics,
      handle: (records) => {
        for (const record of records) {
          const error = this.fail(record);
          if (error) return Promise.reject(error);
        }
        this.seen.push(...records);
        return Promise.resolve();
      },
      park: (record, error) => {
        this.parked.push({ record, error });
        return Promise.resolve();
      },
    };
  }

  /** Event ids without repeats, in the order of their first handling: delivery is at least once. */
  get events(): string[] {
    return [...new Set(this.seen.map(({ eventId }) => eventId))];
  }
}

/** The contract of {@link EventBus}: every adapter must pass it. */
export function describeEventBus(name: string, make: () => Promise<EventBusUnderTest>): void {
  describe(`EventBus contract: ${name}`, () => {
    let under: EventBusUnderTest;
    const subscribe = (recorder: Recorder): Promise<{ close(): Promise<void> }> => under.bus.subscribe(recorder.subscription);

    beforeEach(async () => { under = await make(); });
    afterEach(async () => { await under.close(); });

    test('every group of a topic gets every record, unchanged', async () => {
      const groups = [new Recorder('one'), new Recorder('two'), new Recorder('elsewhere', [OTHER])];
      for (const group of groups) await subscribe(group);
      const sent = { ...recordOf(1), payload: Uint8Array.of(0, 1, 255), headers: { account: 'acc_ä', traceparent: '00-1' } };
      await under.send([sent]);
      await under.drained();
      for (const { seen } of groups.slice(0, 2)) {
        const { payload, headers, ...rest } = seen[0] as BusRecord;
        expect({ ...rest, payload: [...payload], headers: { ...headers } }).toEqual({ ...sent, payload: [...sent.payload] });
      }
      expect(groups[2]?.seen).toEqual([]);
    });

    test('records of one key arrive in their order, however they were sent', async () => {
      const group = new Recorder('one');
      await subscribe(group);
      const records = Array.from({ length: 300 }, (_, n) => recordOf(n, { key: `key-${n % 7}` }));
      for (let n = 0; n < records.length; n += 25) await under.send(records.slice(n, n + 25));
      await under.drained();
      for (let key = 0; key < 7; key += 1) {
        const wanted = records.filter((record) => record.key === `key-${key}`).map(({ eventId }) => eventId);
        expect([...new Set(group.seen.filter((record) => record.key === `key-${key}`).map(({ eventId }) => eventId))]).toEqual(wanted);
      }
    });

    test('sec-F10: a record that fails five times is parked with its error; all others are handled, also of its key and of other groups', async () => {
      const [group, calm] = [new Recorder('one'), new Recorder('two')];
      let tries = 0;
      const poison = recordOf(50, { key: 'key-1' });
      group.fail = ({ eventId }) => (eventId === poison.eventId ? (tries += 1, new Error('poison')) : undefined);
      await subscribe(group);
      await subscribe(calm);
      const records = Array.from({ length: 100 }, (_, n) => (n === 50 ? poison : recordOf(n, { key: `key-${n % 3}` })));
      await under.send(records);
      await under.drained();
      expect(group.parked.map(({ record, error }) => [record.eventId, error.message])).toEqual([[poison.eventId, 'poison']]);
      expect(tries).toBe(5);
      expect(new Set(group.events)).toEqual(new Set(records.filter((record) => record !== poison).map(({ eventId }) => eventId)));
      expect(calm.events).toHaveLength(100);
    });

    test('while a key fails, its later records wait and other keys flow', async () => {
      const group = new Recorder('one');
      const [first, second, other] = [recordOf(1, { key: 'a' }), recordOf(2, { key: 'a' }), recordOf(3, { key: 'b' })];
      let failures = 0;
      group.fail = ({ eventId }) => (eventId === first.eventId && failures < 4 ? (failures += 1, new Error('not yet')) : undefined);
      await subscribe(group);
      await under.send([first, second, other]);
      await under.drained();
      expect(group.events).toEqual([other.eventId, first.eventId, second.eventId]);
      expect([failures, group.parked]).toEqual([4, []]);
    });

    test('a record that comes while an earlier one of its key is retried does not overtake those that wait', async () => {
      const group = new Recorder('one');
      let tries = 0;
      await under.bus.subscribe({ ...group.subscription, handle: async (records) => {
        if (records[0]?.eventId === recordOf(1).eventId) {
          tries += 1;
          if (tries < 5) throw new Error('not yet');
          await under.send([recordOf(3)]);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await group.subscription.handle(records);
      } });
      await under.send([recordOf(1), recordOf(2)]);
      await under.drained();
      expect(group.events).toEqual([1, 2, 3].map((n) => recordOf(n).eventId));
    });

    test('temporarily_unavailable is repeated until it passes and never parked', async () => {
      const group = new Recorder('one');
      let failures = 0;
      group.fail = () => (failures < 8 ? (failures += 1, new AppError('temporarily_unavailable', 'The database is away.')) : undefined);
      await subscribe(group);
      await under.send([recordOf(1)]);
      await under.drained();
      expect([failures, group.events.length, group.parked]).toEqual([8, 1, []]);
    });

    test('a parking that fails is repeated', async () => {
      const group = new Recorder('one');
      group.fail = () => new Error('poison');
      let parkings = 0;
      await under.bus.subscribe({ ...group.subscription, park: (record, error) => (parkings += 1) < 3 ? Promise.reject(new Error('away')) : group.subscription.park(record, error) });
      await under.send([recordOf(1)]);
      await under.drained();
      expect([parkings, group.parked.length]).toEqual([3, 1]);
    });

    test('a group that closes loses nothing: after it subscribes again it gets what it has not acknowledged', async () => {
      const group = new Recorder('one');
      const subscription = await subscribe(group);
      await under.send([recordOf(1)]);
      await under.drained();
      await subscription.close();
      await under.send([recordOf(2)]);
      expect(group.events).toEqual([recordOf(1).eventId]);
      await subscribe(group);
      await under.drained();
      expect(group.events).toEqual([recordOf(1).eventId, recordOf(2).eventId]);
    });

    test('close waits for the batch in hand, and what was not acknowledged comes again', async () => {
      const [entered, leave] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const group = new Recorder('one');
      const slow = await under.bus.subscribe({ ...group.subscription, handle: async (records) => {
        entered.resolve();
        await leave.promise;
        await group.subscription.handle(records);
      } });
      await under.send([recordOf(1)]);
      await entered.promise;
      let closed = false;
      const closing = slow.close().then(() => { closed = true; });
      await under.send([recordOf(2)]);
      expect(closed).toBe(false);
      leave.resolve();
      await closing;
      expect(group.events).toContain(recordOf(1).eventId);
      await subscribe(group);
      await under.drained();
      expect(new Set(group.events)).toEqual(new Set([recordOf(1).eventId, recordOf(2).eventId]));
    });
  });
}
