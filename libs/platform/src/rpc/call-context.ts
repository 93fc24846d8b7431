import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError, systemMonotonic, type Monotonic } from '@nexoramail/kernel';

/** What travels with a call through every binding. */
export interface CallMetadata {
  /** Account on whose behalf the call is made. */
  readonly accountId?: string;
  /** Request id of the door (`req_…`), for logs. */
  readonly requestId?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

/** The call under way in this asynchronous context. */
export interface CurrentCall extends CallMetadata {
  /** Aborts when the caller has gone or the deadline has passed. */
  readonly signal: AbortSignal;
}

const storage = new AsyncLocalStorage<CallContext>();

/** State of one call: metadata, deadline on the monotonic clock, cancellation that reaches the calls made for it. */
export class CallContext implements CurrentCall {
  declare readonly accountId?: string;
  declare readonly requestId?: string;
  declare readonly traceparent?: string;
  private controller: AbortController | undefined;
  private reason: AppError | undefined;
  private listeners: Set<(reason: AppError) => void> | undefined;

  constructor(metadata: CallMetadata, /** Monotonic milliseconds. */ readonly deadlineAt: number, /** Of the span under way; that of the metadata when undefined. */ span?: string) {
    if (metadata.accountId !== undefined) this.accountId = metadata.accountId;
    if (metadata.requestId !== undefined) this.requestId = metadata.requestId;
    const traceparent = span ?? metadata.traceparent;
    if (traceparent !== undefined) this.traceparent = traceparent;
  }

  /** Made when first asked for: most calls never need one. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  get aborted(): boolean {
    return this.reason !== undefined;
  }

  abort(reason: AppError): void {
    if (this.reason) return;
    this.reason = reason;
    this.controller?.abort(reason);
    for (const listener of this.listeners ?? []) listener(reason);
    this.listeners = undefined;
  }

  /** Calls `listener` once when this is aborted, at once if it is already. Returns the function that ends it. */
  onAbort(listener: (reason: AppError) => void): () => void {
    if (this.reason) {
      listener(this.reason);
      return () => undefined;
    }
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => void this.listeners?.delete(listener);
  }

  /** Runs `work` with this as its {@link currentCall}. */
  run<T>(work: () => T): T {
    return storage.run(this, work);
  }
}

/** The call that this code runs for, or undefined outside of one. */
export function currentCall(): CurrentCall | undefined {
  return storage.getStore();
}

/** {@link currentCall} with deadline and listeners: for bindings. */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}

/** The failure of a call whose caller has gone. */
export function canceled(): AppError {
  return new AppError('temporarily_unavailable', 'The call was canceled.', { retryAfterS: 1 });
}

/** The failure of a call that took longer than its deadline. */
export function deadlineExceeded(): AppError {
  return new AppError('temporarily_unavailable', 'The service did not answer in time. Repeat the request.', { retryAfterS: 1 });
}

/** The failure of a call whose server is away. */
export function serverAway(cause?: unknown): AppError {
  return new AppError('temporarily_unavailable', 'A service is away for the moment. Repeat the request.', { retryAfterS: 1, ...(cause !== undefined && { cause }) });
}

/** What {@link runAsCall} takes: metadata, and how the calls end early. */
export interface RootCall extends CallMetadata {
  /** Ends the calls when it aborts: the client of the door has gone. */
  readonly signal?: AbortSignal;
  /** Milliseconds for all of the work; calls get what is left of it where that is less than their own deadline. */
  readonly deadlineMs?: number;
}

/** Runs `work` as the root of calls (a door's request, a job): its rpc calls carry the metadata, end with `signal` and `deadlineMs`. */
export async function runAsCall<T>({ signal, deadlineMs, ...metadata }: RootCall, work: () => Promise<T>, monotonic: Monotonic = systemMonotonic): Promise<T> {
  const context = new CallContext(metadata, deadlineMs === undefined ? Number.POSITIVE_INFINITY : monotonic.now() + deadlineMs);
  const stop = (): void => context.abort(canceled());
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await context.run(work);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
