import type { Accepted, Submission, SubmissionService, SubmitResult } from '@nexoramail/contracts';
import { AppError, isAppError } from '@nexoramail/kernel';
import { Coalescer } from '../coalescer/coalescer.js';
import { fromItemError } from '../rpc/errors.js';

const unavailable = (cause?: unknown): AppError =>
  new AppError('temporarily_unavailable', 'The message could not be stored at the moment and was not accepted. Repeat the request; with an Idempotency-Key it is never sent twice.', { retryAfterS: 2, cause });

/**
 * Hands submissions to dispatch. Over a remote binding what arrives during a call leaves together in the next one; in process each goes at
 * once, since dispatch gathers before its commit. A lost answer is repeated once with the same ids, then it is `temporarily_unavailable`.
 */
export class Submitter {
  private readonly send: (item: Submission) => Promise<SubmitResult>;

  constructor(submission: Pick<SubmissionService, 'submit'>, remote: boolean) {
    const call = async (items: readonly Submission[]): Promise<SubmitResult[]> => (await submission.submit({ items: [...items] })).results;
    const coalescer = remote ? new Coalescer<Submission, SubmitResult>({ send: call, sizeOf, maxBytes: 2_000_000, inFlight: 2 }) : undefined;
    this.send = coalescer ? (item) => coalescer.submit(item) : async (item) => (await call([item]))[0] ?? { result: undefined };
  }

  /** The acceptance, or the refusal as an AppError. */
  async submit(item: Submission): Promise<Accepted> {
    let problem: unknown;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        const { result } = await this.send(item);
        if (result?.$case === 'ok') return result.ok;
        if (result?.$case === 'refused') throw fromItemError(result.refused);
        problem = result?.$case === 'retry' ? fromItemError(result.retry) : undefined;
      } catch (error) {
        if (!isAppError(error) || error.code !== 'temporarily_unavailable') throw error;
        problem = error;
      }
    }
    if (isAppError(problem) && problem.code !== 'internal') throw problem.code === 'temporarily_unavailable' ? unavailable(problem) : problem;
    throw unavailable(problem);
  }
}

function sizeOf({ content }: Submission): number {
  if (content?.$case === 'raw') return content.raw.length;
  const { html, text, attachments = [] } = content?.composed ?? {};
  return (html?.length ?? 0) + (text?.length ?? 0) + attachments.reduce((sum, { content: bytes }) => sum + bytes.length, 1000);
}
