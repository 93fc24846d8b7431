import { Worker, type ResourceLimits, type Transferable } from 'node:worker_threads';
import { AppError } from '@nexoramail/kernel';
import { decodeError } from '../rpc/errors.js';
import type { JobAnswer, JobQuestion } from './jobs.js';

/** Settings of a {@link WorkerPool}. */
export interface WorkerPoolOptions {
  /** Compiled module that calls {@link serveJobs}. */
  readonly script: URL;
  /** Threads, started when first needed; 1. */
  readonly size?: number;
  /** Milliseconds a job may run before its thread is ended; 10,000. */
  readonly timeoutMs?: number;
  /** Jobs that may wait; 100. More are refused. */
  readonly maxWaiting?: number;
  /** Heap of a thread; 128 MB of old space unless given, so that one hostile input cannot take the process down. */
  readonly resourceLimits?: ResourceLimits;
}

interface Job {
  readonly question: JobQuestion;
  readonly transfer: readonly Transferable[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One or two capped worker threads for work that would block the loop or may be hostile: parsing MIME, rendering templates, large JSON. A job that
 * runs too long, or exhausts its thread's heap, fails alone with `payload_too_large`; its thread is replaced.
 */
export class WorkerPool {
  private readonly waiting: Job[] = [];
  private readonly threads = new Set<PoolThread>();
  private closed = false;
  private last = 0;

  constructor(private readonly options: WorkerPoolOptions) {}

  /** Runs a job of this name on `input` (a structured clone; `transfer` moves buffers instead of copying). Rejects with AppErrors of the handler unchanged. */
  run<T>(name: string, input: unknown, transfer: readonly Transferable[] = []): Promise<T> {
    if (this.closed) return Promise.reject(new AppError('temporarily_unavailable', 'The service is stopping. Repeat the request.', { retryAfterS: 1 }));
    if (this.waiting.length >= (this.options.maxWaiting ?? 100)) return Promise.reject(new AppError('temporarily_unavailable', 'Too much is being processed. Repeat the request.', { retryAfterS: 1 }));
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ question: { id: ++this.last, name, input }, transfer, resolve: resolve as (value: unknown) => void, reject });
      this.assign();
    });
  }

  /** Ends all threads; jobs that wait or run fail. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(new AppError('temporarily_unavailable', 'The service is stopping. Repeat the request.', { retryAfterS: 1 }));
    await Promise.all([...this.threads].map((thread) => thread.end()));
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const idle = [...this.threads].find((thread) => !thread.busy) ?? this.grow();
      if (!idle) return;
      idle.take(this.waiting.shift() as Job);
    }
  }

  private grow(): PoolThread | undefined {
    if (this.closed || this.threads.size >= (this.options.size ?? 1)) return undefined;
    const thread = new PoolThread(this.options, {
      idle: () => this.assign(),
      gone: () => {
        this.threads.delete(thread);
        this.assign();
      },
    });
    this.threads.add(thread);
    return thread;
  }
}

class PoolThread {
  private readonly worker: Worker;
  private job: Job | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ending = false;

  constructor(private readonly options: WorkerPoolOptions, private readonly events: { idle: () => void; gone: () => void }) {
    this.worker = new Worker(options.script, { resourceLimits: options.resourceLimits ?? { maxOldGenerationSizeMb: 128 }, stdin: false });
    this.worker.unref(); // an idle thread does not keep the process alive; the caller's own work does
    this.worker.on('message', (answer: JobAnswer) => this.settle(answer));
    this.worker.on('error', (error: unknown) => this.fail(exhausted(error)));
    this.worker.on('exit', () => {
      this.fail(exhausted(new Error('A worker thread has ended')));
      this.events.gone();
    });
  }

  get busy(): boolean {
    return this.ending || this.job !== undefined;
  }

  take(job: Job): void {
    this.job = job;
    this.worker.ref();
    this.timer = setTimeout(() => {
      this.fail(new AppError('payload_too_large', 'The content takes too long to process.'));
      void this.end();
    }, this.options.timeoutMs ?? 10_000);
    this.worker.postMessage(job.question, job.transfer);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(answer: JobAnswer): void {
    const job = this.release();
    if (answer.error === undefined) job?.resolve(answer.value);
    else job?.reject(decodeError(answer.error));
    this.events.idle();
  }

  /** The thread is of no more use: it takes no job while it ends. */
  private fail(error: Error): void {
    this.ending = true;
    this.release()?.reject(error);
  }

  private release(): Job | undefined {
    clearTimeout(this.timer);
    this.worker.unref();
    const { job } = this;
    this.job = undefined;
    return job;
  }
}

function exhausted(cause: unknown): AppError {
  const heap = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return heap ? new AppError('payload_too_large', 'The content takes too much memory to process.') : new AppError('internal', 'The content could not be processed.', { cause });
}
