import type { Timers } from '@nexoramail/platform';

/** Timers that fire at the next turn of the event loop, however long the wait: back-offs and polls without waiting. `waits` notes what was asked for. */
export class ImpatientTimers implements Timers {
  readonly waits: number[] = [];

  after(ms: number, run: () => void): () => void {
    this.waits.push(ms);
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
}
