import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { AppError, ManualClock } from '@nexoramail/kernel';
import { ConfigError } from '../config/parse.js';
import { silentLogger } from '../log/logger.js';
import { startProblem } from './run-service.js';
import { Settle } from './settle.js';
import { SharedClock } from './shared-clock.js';
import { stopOnSignals } from './signals.js';
import { Wake } from './wake.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Wake', () => {
  test('calls the listeners of a name once per turn, until they leave', async () => {
    const wake = new Wake();
    const heard: string[] = [];
    const leave = wake.on('queue', () => heard.push('queue'));
    wake.on('outbox:mail', () => heard.push('outbox'));
    wake.signal('queue');
    wake.signal('queue');
    wake.signal('nobody');
    expect(heard).toEqual([]);
    await turn();
    expect(heard).toEqual(['queue']);
    leave();
    wake.signal('queue');
    wake.signal('outbox:mail');
    await turn();
    expect(heard).toEqual(['queue', 'outbox']);
  });

  test('a signal raised by a listener is delivered next', async () => {
    const wake = new Wake();
    const heard: string[] = [];
    wake.on('a', () => wake.signal('b'));
    wake.on('b', () => heard.push('b'));
    wake.signal('a');
    await turn();
    expect(heard).toEqual(['b']);
  });

  test('reaches the other threads once, also through the one in the middle, and never comes back', async () => {
    const [left, middle, right] = [new Wake(), new Wake(), new Wake()];
    const [one, two] = [new MessageChannel(), new MessageChannel()];
    left.bridge(one.port1);
    middle.bridge(one.port2);
    middle.bridge(two.port1);
    right.bridge(two.port2);
    one.port2.ref();
    two.port2.ref();
    const heard: string[] = [];
    const arrived = Promise.withResolvers<void>();
    left.on('x', () => heard.push('left'));
    middle.on('x', () => heard.push('middle'));
    right.on('x', () => {
      heard.push('right');
      arrived.resolve();
    });
    left.signal('x');
    await arrived.promise;
    const echoes = Promise.all([left, right].map((wake) => new Promise<void>((resolve) => wake.on('last', resolve))));
    middle.signal('last');
    await echoes; // anything sent back would have come before it
    expect(heard).toEqual(['left', 'middle', 'right']);
    one.port1.close();
    two.port1.close();
    await new Promise((resolve) => two.port2.once('close', resolve));
    right.signal('x');
    await turn();
    expect(heard).toEqual(['left', 'middle', 'right', 'right']);
  });
});

describe('Settle', () => {
  const setup = (): { settle: Settle; clock: ManualClock } => {
    const clock = new ManualClock();
    return { clock, settle: new Settle(clock.monotonic, (ms) => Promise.resolve(clock.advance(ms))) };
  };

  test('waits until all parts are idle twice in a row', async () => {
    const { settle } = setup();
    const answers = [false, true, false, true, true];
    let asked = 0;
    settle.register('queue', async () => answers[asked++] ?? true);
    settle.register('outbox', async () => true);
    expect(await settle.settled(10_000)).toBe(true);
    expect(asked).toBe(5);
  });

  test('gives up in time, and names who is busy; a part that fails is busy', async () => {
    const { settle, clock } = setup();
    const leave = settle.register('queue', async () => false);
    settle.register('webhooks', () => Promise.reject(new Error('no database')));
    const started = clock.monotonic.now();
    expect(await settle.settled(1_000)).toBe(false);
    expect(clock.monotonic.now() - started).toBe(1_000);
    expect(await settle.busy()).toEqual(['queue', 'webhooks']);
    leave();
    expect(await settle.busy()).toEqual(['webhooks']);
  });
});

describe('SharedClock', () => {
  test('is ahead of its base by an offset that only grows, for all who share its memory', () => {
    const base = new ManualClock('2026-03-01T09:00:00.000Z');
    const main = new SharedClock(base);
    const other = new SharedClock(base, main.memory);
    main.moveTo(3_600_000);
    expect(other.now().toISOString()).toBe('2026-03-01T10:00:00.000Z');
    other.moveTo(1_000);
    expect(main.offsetMs).toBe(3_600_000);
    base.advance(500);
    expect(main.now().toISOString()).toBe('2026-03-01T10:00:00.500Z');
  });
});

describe('stopOnSignals', () => {
  function setup(): { send: (signal: string) => void; exits: number[]; clock: ManualClock; late: () => void; stopped: PromiseWithResolvers<void>; stops: () => number } {
    const clock = new ManualClock();
    const listeners = new Map<string, () => void>();
    const exits: number[] = [];
    const stopped = Promise.withResolvers<void>();
    let stops = 0;
    let late = (): void => undefined;
    stopOnSignals({
      logger: silentLogger,
      monotonic: clock.monotonic,
      stop: () => {
        stops++;
        return stopped.promise;
      },
      after: (_ms, run) => (late = run),
      source: { on: (signal, listener) => listeners.set(signal, listener), exit: (code) => exits.push(code) },
    });
    return { send: (signal) => listeners.get(signal)?.(), exits, clock, late: () => late(), stopped, stops: () => stops };
  }

  test('drains once, then ends with 0; the same signal twice is one', async () => {
    const { send, exits, clock, stopped, stops } = setup();
    send('SIGINT');
    send('SIGINT');
    clock.advance(2_999);
    send('SIGTERM');
    expect([stops(), exits]).toEqual([1, []]);
    stopped.resolve();
    await turn();
    expect(exits).toEqual([0]);
  });

  test('one more, three seconds later, ends at once', () => {
    const { send, exits, clock } = setup();
    send('SIGTERM');
    clock.advance(3_000);
    send('SIGTERM');
    expect(exits).toEqual([1]);
  });

  test('a stop that fails or hangs ends with 1', async () => {
    const failing = setup();
    failing.send('SIGTERM');
    failing.stopped.reject(new Error('x'));
    await turn();
    expect(failing.exits).toEqual([1]);
    const hanging = setup();
    hanging.send('SIGTERM');
    hanging.late();
    expect(hanging.exits).toEqual([1]);
  });
});

test('a start that cannot work is one clear line, a defect shows its stack', () => {
  expect(startProblem(new ConfigError([{ name: 'X_PORT', problem: 'is not set' }]))).toBe('The configuration is not valid: X_PORT is not set');
  expect(startProblem(new AppError('temporarily_unavailable', 'Postgres is away.'))).toBe('Postgres is away.');
  expect(startProblem(Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 9464 }))).toBe('Port 9464 is taken by another program: end it, or set NEXORA_PORT_OFFSET to shift all ports');
  expect(startProblem(new Error('boom'))).toMatch(/^Error: boom\n {4}at /);
});
