import type { Accepted, Submission, SubmissionService, SubmitResult } from '@nexoramail/contracts';
import { AppError, isAppError } from '@nexoramail/kernel';
import { fromItemError } from '@nexoramail/platform';

/** What one item of a batch came to; undefined in an atomic batch that failed: the item was not at fault. */
export type ItemOutcome = { readonly ok: Accepted } | { readonly error: AppError } | undefined;

/** Half of what one rpc may carry. */
const CALL_BYTES = 2_000_000;
const MAX_TRIES = 2;

/** Hands the submissions of a batch to dispatch. What was not stored is repeated once with the same ids, then it is `temporarily_unavailable`. */
export class BatchSubmitter {
  constructor(private readonly submission: Pick<SubmissionService, 'submit'>) {}

  /** Each item for itself, in calls of at most 2 MB. Throws `idempotency_key_reused` when the batch's key is known with another body. */
  async partial(items: readonly Submission[]): Promise<ItemOutcome[]> {
    const outcomes: ItemOutcome[] = [];
    for (const part of partsOf(items)) {
      const answers = await this.call(part, 'partial');
      // The rule holds for the whole batch, and is told before anything of this part is stored.
      for (const answer of answers) if (answer && 'error' in answer && answer.error.code === 'idempotency_key_reused') throw answer.error;
      outcomes.push(...answers);
    }
    return outcomes;
  }

  /** All in one commit, or none. */
  atomic(items: readonly Submission[]): Promise<ItemOutcome[]> {
    return this.call(items, 'atomic');
  }

  private async call(items: readonly Submission[], group: 'partial' | 'atomic'): Promise<ItemOutcome[]> {
    const outcomes: ItemOutcome[] = items.map(() => undefined);
    let open = items.map((_, index) => index);
    for (let attempt = 1; attempt <= MAX_TRIES && open.length > 0; attempt += 1) {
      const results = await this.results(open.flatMap((index) => items[index] ?? []), group);
      const again: number[] = [];
      open.forEach((index, i) => {
        const result = results[i]?.result;
        outcomes[index] = outcomeOf(result);
        if (result?.$case === 'retry') again.push(index);
      });
      // An atomic batch is repeated whole.
      open = group === 'atomic' && again.length > 0 ? open : again;
    }
    return outcomes;
  }

  private async results(items: readonly Submission[], group: string): Promise<readonly SubmitResult[]> {
    try {
      return (await this.submission.submit({ items: [...items], group })).results;
    } catch (error) {
      if (!isAppError(error) || error.code !== 'temporarily_unavailable') throw error;
      const retry = { code: error.code, detail: error.message, errors: [], retryAfterS: error.retryAfterS ?? 2 };
      return items.map(() => ({ result: { $case: 'retry', retry } }));
    }
  }
}

function outcomeOf(result: SubmitResult['result']): ItemOutcome {
  switch (result?.$case) {
    case 'ok':
      return { ok: result.ok };
    case 'refused':
      return { error: fromItemError(result.refused) };
    case 'retry': {
      const error = fromItemError(result.retry);
      const told = 'The message could not be stored at the moment and was not accepted. Repeat the request; with an Idempotency-Key it is never sent twice.';
      return { error: error.code === 'temporarily_unavailable' || error.code === 'internal' ? new AppError('temporarily_unavailable', told, { retryAfterS: 2, cause: error }) : error };
    }
    default:
      return undefined;
  }
}

function* partsOf(items: readonly Submission[]): Generator<Submission[]> {
  let part: Submission[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (part.length > 0 && bytes + size > CALL_BYTES) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** Bytes of a submission on the wire, near enough: its content and what else can be long. */
export function sizeOf({ content, metadata, recipients }: Submission): number {
  if (content?.$case !== 'composed') return 1_000;
  const { html = '', text = '', attachments, headers } = content.composed;
  const texts = [html, text, ...headers.flatMap(({ name, value }) => [name, value]), ...Object.entries(metadata).flat()];
  return texts.reduce((sum, entry) => sum + Buffer.byteLength(entry), 1_500) + recipients.length * 100 + attachments.reduce((sum, { content: bytes }) => sum + bytes.length + 600, 0);
}
