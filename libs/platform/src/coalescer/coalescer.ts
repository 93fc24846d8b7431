import { AppError, systemMonotonic, type Monotonic } from '@nexoramail/kernel';

/** Settings of a {@link Coalescer}; defaults are those of `performance.md` §2. */
export interface CoalescerOptions<T, R> {
  /** Sends one batch and answers one result per item, in order. A rejection rejects every item of that batch, and no other. */
  readonly send: (items: readonly T[]) => Promise<readonly R[]>;
  /** Bytes an item counts for against the byte limits; 0 when left out. */
  readonly sizeOf?: (item: T) => number;
  /** Most items of a batch; 500. */
  readonly maxItems?: number;
  /** Most bytes of a batch; 2 MB. A single larger item travels alone. */
  readonly maxBytes?: number;
  /** Most items waiting for a batch; 1,000. */
  readonly maxWaitingItems?: number;
  /** Most bytes waiting for a batch; 32 MB. */
  readonly maxWaitingBytes?: number;
  /** Batches that may be under way at once; 1. */
  readonly inFlight?: number;
  /** Least milliseconds between two flushes under load; 0. An idle coalescer still sends at once. */
  readonly minGapMs?: number;
  /** True when a failed batch of several items is to be repeated in halves, so that one bad item fails alone; never by default. */
  readonly splitOnFailure?: (error: unknown) => boolean;
  readonly monotonic?: Monotonic;
  /** Calls back after so many milliseconds; used for {@link minGapMs} only. */
  readonly after?: (ms: number, run: () => void) => void;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly bytes: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers single calls into batches without timers: an idle line sends at once, what arrives while a batch is under way leaves together when it
 * returns. Order is kept. Stands before a remote call and before a commit.
 */
export class Coalescer<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private waitingBytes = 0;
  private underWay = 0;
  private planned = false;
  private closed = false;
  private lastFlush = Number.NEGATIVE_INFINITY;
  private drained: (() => void)[] = [];
  private readonly limits: { items: number; bytes: number; waitingItems: number; waitingBytes: number; inFlight: number; gap: number };
  private readonly monotonic: Monotonic;
  private readonly after: (ms: number, run: () => void) => void;

  constructor(private readonly options: CoalescerOptions<T, R>) {
    this.limits = {
      items: options.maxItems ?? 500,
      bytes: options.maxBytes ?? 2_000_000,
      waitingItems: options.maxWaitingItems ?? 1_000,
      waitingBytes: options.maxWaitingBytes ?? 32_000_000,
      inFlight: options.inFlight ?? 1,
      gap: options.minGapMs ?? 0,
    };
    this.monotonic = options.monotonic ?? systemMonotonic;
    this.after = options.after ?? ((ms, run) => void setTimeout(run, ms));
  }

  /** Items that wait for a batch (not those under way): for gauges. */
  get size(): number {
    return this.waiting.length;
  }

  /** The result of this very item. Rejects with `rate_limited` when too much waits already, with `temporarily_unavailable` after {@link close}. */
  submit(item: T): Promise<R> {
    if (this.closed) return Promise.reject(new AppError('temporarily_unavailable', 'The service is stopping. Repeat the request.', { retryAfterS: 1 }));
    const bytes = this.options.sizeOf?.(item) ?? 0;
    const tooMuch = this.waiting.length >= this.limits.waitingItems || (this.waiting.length > 0 && this.waitingBytes + bytes > this.limits.waitingBytes);
    if (tooMuch) return Promise.reject(new AppError('rate_limited', 'Too many requests are waiting. Repeat the request in a second.', { retryAfterS: 1 }));
    return new Promise<R>((resolve, reject) => {
      this.waiting.push({ item, bytes, resolve, reject });
      this.waitingBytes += bytes;
      this.plan();
    });
  }

  /** Takes no more items; resolves when all submitted ones have their answers. */
  close(): Promise<void> {
    this.closed = true;
    if (this.waiting.length === 0 && this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.drained.push(resolve));
  }

  /** The flush waits for the end of the current turn (a microtask, no timer), so that a burst of one turn leaves together. */
  private plan(): void {
    if (this.planned || this.waiting.length === 0 || this.underWay >= this.limits.inFlight) return;
    this.planned = true;
    const wait = this.limits.gap === 0 ? 0 : this.lastFlush + this.limits.gap - this.monotonic.now();
    if (wait > 0) this.after(wait, this.flush);
    else queueMicrotask(this.flush);
  }

  private readonly flush = (): void => {
    this.planned = false;
    const batch = this.take();
    this.underWay++;
    if (this.limits.gap > 0) this.lastFlush = this.monotonic.now();
    void this.deliver(batch).then(() => {
      this.underWay--;
      this.plan();
      if (this.waiting.length === 0 && this.underWay === 0) for (const resolve of this.drained.splice(0)) resolve();
    });
    this.plan();
  };

  private take(): Waiting<T, R>[] {
    let count = 0;
    let bytes = 0;
    for (const next of this.waiting) {
      if (count >= this.limits.items || (count > 0 && bytes + next.bytes > this.limits.bytes)) break;
      count++;
      bytes += next.bytes;
    }
    const batch = this.waiting.slice(0, count);
    this.waiting = this.waiting.slice(count);
    this.waitingBytes -= bytes;
    return batch;
  }

  /** Never rejects: failures go to the items. */
  private async deliver(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.send(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`A batch of ${batch.length} items was answered with ${results.length} results`);
      batch.forEach(({ resolve }, i) => resolve(results[i] as R));
    } catch (error) {
      if (batch.length === 1 || this.options.splitOnFailure?.(error) !== true) {
        for (const { reject } of batch) reject(error);
        return;
      }
      const middle = batch.length >>> 1;
      await this.deliver(batch.slice(0, middle));
      await this.deliver(batch.slice(middle));
    }
  }
}
