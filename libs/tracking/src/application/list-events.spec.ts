import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import type { FeedEvent, FeedHead } from '../domain/feed-event.js';
import { FeedWatch } from './feed-watch.js';
import { ListEvents, WINDOW } from './list-events.js';
import type { FeedQuery, FeedReader, FeedStretch, Timers } from './ports.js';
import { RetentionBound } from './retention-bound.js';

const scope = { accountId: '0195500c-4e80-7000-8000-000000000001', mode: 'live' };

/** A log in memory: one event type per number. */
class MemoryLog implements FeedReader {
  readonly types: string[] = [];
  reads = 0;
  polls = 0;

  readStretch(_: unknown, { after, to, types, limit }: FeedQuery): Promise<FeedStretch> {
    this.reads += 1;
    const events = this.types.map((type, i): FeedEvent => ({ seq: i + 1, id: `evt_${i + 1}`, type, at: new Date(0), dataJson: '{}' }))
      .filter(({ seq, type }) => seq > after && seq <= to && (types.length === 0 || types.includes(type))).slice(0, limit);
    return Promise.resolve({ head: this.types.length, nextVisible: true, events });
  }
  floor(): Promise<number> { return Promise.resolve(0); }
  heads(): Promise<FeedHead[]> { this.polls += 1; return Promise.resolve([{ ...scope, seq: this.types.length }]); }
  ofMessage(): Promise<FeedEvent[]> { return Promise.resolve([]); }
}

/** Timers that a test moves together with the clock. */
class ManualTimers implements Timers {
  private readonly waiting = new Map<object, { at: number; run: () => void }>();
  constructor(private readonly clock: ManualClock) {}
  after(ms: number, run: () => void): () => void {
    const key = {};
    this.waiting.set(key, { at: this.clock.monotonic.now() + ms, run });
    return () => void this.waiting.delete(key);
  }
  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (const [key, { at, run }] of [...this.waiting]) if (at <= this.clock.monotonic.now() && this.waiting.delete(key)) run();
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
  get count(): number { return this.waiting.size; }
}

const setUp = () => {
  const clock = new ManualClock();
  const [log, timers] = [new MemoryLog(), new ManualTimers(clock)];
  const watch = new FeedWatch(log, timers);
  const list = new ListEvents(log, new RetentionBound({ daysOf: () => Promise.resolve(30) }, clock), watch, clock.monotonic);
  const ask = (more: object = {}) => list.execute({ ...scope, afterSeq: 0, types: [], limit: 10, waitMs: 0, ...more });
  const settle = () => timers.advance(0);
  return { log, timers, watch, ask, settle };
};

describe('a long poll', () => {
  test('returns at once when there is something, or when it shall not wait', async () => {
    const { log, ask, timers } = setUp();
    expect(await ask()).toEqual({ events: [], nextSeq: 0, hasMore: false });
    log.types.push('email.sent');
    expect((await ask({ waitMs: 25_000 })).events).toHaveLength(1);
    expect(timers.count).toBe(0);
  });

  test('wakes on a commit of this process, and on one of another within 200 ms', async () => {
    for (const here of [true, false]) {
      const { log, ask, settle, timers, watch } = setUp();
      const answer = ask({ waitMs: 20_000 });
      await settle();
      log.types.push('email.sent');
      if (here) watch.notify([{ ...scope, seq: 1 }]);
      else await timers.advance(200);
      expect((await answer).events).toHaveLength(1);
      expect([log.polls, watch.watched]).toEqual([here ? 0 : 1, 0]);
    }
  });

  test('asks once per 200 ms however many wait, and not at all when nobody does', async () => {
    const { log, ask, settle, timers } = setUp();
    const answers = Array.from({ length: 50 }, () => ask({ waitMs: 1000 }));
    await settle();
    for (let n = 0; n < 5; n += 1) await timers.advance(200);
    await Promise.all(answers);
    expect(log.polls).toBeLessThanOrEqual(5);
    await timers.advance(1000);
    await timers.advance(1000);
    expect([log.polls <= 6, timers.count]).toEqual([true, 0]);
  });

  test('ends empty after its time, at most 25 s, with next_seq past what a filter left out', async () => {
    const { log, ask, settle, timers } = setUp();
    const answer = ask({ waitMs: 60_000, types: ['email.bounced'] });
    await settle();
    log.types.push('email.sent', 'email.sent');
    for (let n = 0; n < 125; n += 1) await timers.advance(200);
    expect(await answer).toEqual({ events: [], nextSeq: 2, hasMore: false });
  });

  test('ends when its caller has gone, and when the service stops', async () => {
    for (const stop of [false, true]) {
      const { ask, log, settle, watch } = setUp();
      const caller = new AbortController();
      const answer = ask({ waitMs: 20_000, signal: caller.signal });
      await settle();
      if (stop) watch.close();
      else caller.abort();
      expect(await answer).toMatchObject({ events: [], nextSeq: 0 });
      expect(log.reads).toBeLessThan(4);
    }
  });

  test('goes through a long log that its filter leaves out without waiting', async () => {
    const { log, ask } = setUp();
    log.types.push(...Array<string>(WINDOW * 2 + 5).fill('email.sent'), 'email.bounced');
    expect(await ask({ types: ['email.bounced'] })).toEqual({ events: [], nextSeq: WINDOW, hasMore: true });
    expect((await ask({ types: ['email.bounced'], waitMs: 1000 })).events).toHaveLength(1);
  });
});
