import { expect, test } from '@jest/globals';
import { NexoraMailError, type FeedPage, type NexoraEvent } from '@nexoramail/sdk';
import { followFeed } from './follow-feed.js';

const event = (seq: number): NexoraEvent => ({ id: `evt_${seq}`, seq, type: 'account.alert', timestamp: '', data: {} });
const page = (next: string, ...events: NexoraEvent[]): FeedPage => ({ data: events, has_more: false, next_cursor: next });
const failure = (status: number | null): NexoraMailError => new NexoraMailError('x', { code: 'x', status, requestId: null, retryable: true });

/** Runs the loop over scripted answers until they are used up; tells what it saw and did. */
async function run(...answers: (FeedPage | NexoraMailError)[]): Promise<string[]> {
  const log: string[] = [];
  const stop = new AbortController();
  await followFeed({
    signal: stop.signal,
    feed: {
      end: () => { log.push('end'); return Promise.resolve('c0'); },
      poll: ({ after }) => {
        log.push(`poll ${after}`);
        const answer = answers.shift();
        if (answer === undefined) stop.abort();
        return answer === undefined || answer instanceof Error ? Promise.reject(answer ?? new Error('stopped')) : Promise.resolve(answer);
      },
    },
    sleep: () => { log.push('sleep'); return Promise.resolve(); },
    onState: (state) => log.push(state),
    onEvents: (events) => log.push(events.map(({ id }) => id).join()),
    onJoined: () => log.push('joined'),
  });
  return log;
}

test('it begins at the end of the feed and goes on from each cursor', async () => {
  expect(await run(page('c1', event(1), event(2)), page('c1'))).toEqual(['connecting', 'end', 'joined', 'live', 'poll c0', 'evt_1,evt_2', 'live', 'poll c1', 'live', 'poll c1']);
});

test('a failure is waited out and nothing is skipped', async () => {
  expect(await run(failure(null), page('c1', event(1)))).toEqual(['connecting', 'end', 'joined', 'live', 'poll c0', 'reconnecting', 'sleep', 'live', 'poll c0', 'evt_1', 'live', 'poll c1']);
});

test('a cursor that is too old is a gap: begin at the end again and read all anew', async () => {
  expect(await run(failure(410), page('c1'))).toEqual(['connecting', 'end', 'joined', 'live', 'poll c0', 'reconnecting', 'sleep', 'end', 'joined', 'live', 'poll c0', 'live', 'poll c1']);
});

test('it ends quietly when nobody is signed in', async () => {
  expect(await run(failure(401))).toEqual(['connecting', 'end', 'joined', 'live', 'poll c0']);
});
