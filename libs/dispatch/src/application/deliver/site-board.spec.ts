import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@nexoramail/kernel';
import { SiteBoard } from './site-board.js';

const never = new AbortController().signal;

describe('sites and lanes', () => {
  test('an unproven site gives 2 rows, a proven one four per connection; lanes of one site share it', () => {
    const board = new SiteBoard(new ManualClock().monotonic);
    board.learn('a.example', 'mx.big.example');
    board.learn('b.example', 'mx.big.example');
    board.take('a.example');
    expect([board.free().get('a.example'), board.free().get('b.example'), board.free().get('c.example') ?? board.defaultFree]).toEqual([1, 1, 2]);
    board.succeeded('a.example');
    expect(board.free().get('b.example')).toBe(7);
    board.giveBack('a.example');
    expect(board.free().get('b.example')).toBe(8);
  });

  test('rows taken before the site was known count at the site afterwards', () => {
    const board = new SiteBoard(new ManualClock().monotonic);
    board.take('a.example');
    board.learn('a.example', 'mx.big.example');
    expect(board.free().get('a.example')).toBe(1);
    board.giveBack('a.example');
    expect(board.free().get('a.example') ?? board.defaultFree).toBe(2);
  });

  test('a site that fails sends back who waits for a place, takes nobody while it is paused, and goes on with a probe', async () => {
    const clock = new ManualClock();
    const board = new SiteBoard(clock.monotonic);
    const entries = Array.from({ length: 10 }, () => board.enter('a.example', never));
    board.failed('a.example');
    expect((await Promise.all(entries)).filter(Boolean)).toHaveLength(4);
    expect([board.free().get('a.example'), await board.enter('a.example', never)]).toEqual([0, false]);
    for (let i = 0; i < 4; i++) board.leave('a.example');
    clock.advance(1_000);
    expect([board.connections('a.example'), board.nextOpeningMs(), await board.enter('a.example', never)]).toEqual([1, undefined, true]);
  });

  test('places are given in order as they get free; a stop lets the others go', async () => {
    const board = new SiteBoard(new ManualClock().monotonic);
    const stop = new AbortController();
    for (let i = 0; i < 4; i++) expect(await board.enter('a.example', stop.signal)).toBe(true);
    const [fifth, sixth] = [board.enter('a.example', stop.signal), board.enter('a.example', stop.signal)];
    board.leave('a.example');
    expect(await fifth).toBe(true);
    stop.abort();
    expect(await sixth).toBe(false);
  });

  test('several workers share a site', () => {
    const workers = ['a', 'b'];
    const boards = workers.map((self) => Object.assign(new SiteBoard(new ManualClock().monotonic), { fleet: { self, workers } }));
    expect(boards.map((board) => board.connections('mx.example'))).toEqual([1, 1]);
  });
});
