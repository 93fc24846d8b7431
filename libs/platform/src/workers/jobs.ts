import { parentPort } from 'node:worker_threads';
import { toAppError } from '@nexoramail/kernel';
import { encodeError } from '../rpc/errors.js';

/** What the pool sends to a thread. */
export interface JobQuestion {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What a thread answers: a value, or an error of {@link encodeError}. */
export interface JobAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: Uint8Array;
}

/** Entry of a thread of a WorkerPool: answers jobs by name, one at a time. A handler's AppError reaches the caller; anything else becomes `internal`. */
export function serveJobs(handlers: Readonly<Record<string, (input: never) => unknown>>): void {
  const port = parentPort;
  if (!port) throw new Error('serveJobs runs in a worker thread only');
  const answer = async ({ id, name, input }: JobQuestion): Promise<void> => {
    try {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (!handler) throw new Error(`This thread knows no job ${name}`);
      port.postMessage({ id, value: await handler(input as never) } satisfies JobAnswer);
    } catch (error) {
      port.postMessage({ id, error: encodeError(toAppError(error)) } satisfies JobAnswer);
    }
  };
  port.on('message', (question: JobQuestion) => void answer(question));
}
