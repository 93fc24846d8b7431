import { systemClock, type Clock } from '@nexoramail/kernel';

/**
 * The business clock of a process and its worker threads: the real one plus an offset that only grows, held in memory that all threads share, so
 * that a move of the test clock is seen by all at once.
 */
export class SharedClock implements Clock {
  private readonly offset: BigInt64Array;

  constructor(private readonly base: Clock = systemClock, /** Hand it to a worker thread's SharedClock. */ readonly memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.offset = new BigInt64Array(memory);
  }

  /** Milliseconds this clock is ahead of real time. */
  get offsetMs(): number {
    return Number(Atomics.load(this.offset, 0));
  }

  now(): Date {
    return new Date(this.base.now().getTime() + this.offsetMs);
  }

  /** Sets the whole offset in milliseconds; a smaller one than before is ignored, since business time never runs back. */
  moveTo(offsetMs: number): void {
    const wanted = BigInt(Math.trunc(offsetMs));
    for (let seen = Atomics.load(this.offset, 0); seen < wanted; ) {
      const before = Atomics.compareExchange(this.offset, 0, seen, wanted);
      if (before === seen) return;
      seen = before;
    }
  }
}
