import { AppError, isAppError, recipientId, publicId, type Clock, type FieldError, type IdSource } from '@nexoramail/kernel';
import type { Submission } from '@nexoramail/contracts';
import type { InFlightKeys } from '@nexoramail/platform';
import { Type } from '@sinclair/typebox';
import { defineOperation, type Operation } from '../http/operation.js';
import { itemProblem } from '../http/problem.js';
import { compileSchema } from '../http/validation.js';
import { BATCH_EXAMPLE, BATCH_LIMITS, BatchBody, ShownBatchBody } from '../send/batch-body.js';
import { sizeOf, type BatchSubmitter, type ItemOutcome } from '../send/batch-submitter.js';
import { hashOf, idempotencyKeyOf, itemKey } from '../send/idempotency-header.js';
import { SendBody } from '../send/send-body.js';
import { toSubmission } from '../send/to-submission.js';
import { AcceptedRecipient, NoQuery } from './schemas.js';

/** What the route of batches needs. */
export interface BatchDeps {
  readonly submitter: Pick<BatchSubmitter, 'partial' | 'atomic'>;
  readonly inFlight: InFlightKeys;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const Fault = Type.Object({
  code: Type.String(), title: Type.String(), detail: Type.String(),
  errors: Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), message: Type.String() })),
});
const Answer = Type.Object({
  data: Type.Array(Type.Object({ index: Type.Integer(), id: Type.Optional(Type.String()), recipients: Type.Optional(Type.Array(AcceptedRecipient)), error: Type.Optional(Fault) }, { description: 'exactly one of `id` and `error`' })),
});

const checkEmail = compileSchema(SendBody, 'body');

/** `POST /v1/emails/batch`. */
export function batchRoutes(deps: BatchDeps): Operation[] {
  return [
    defineOperation({
      id: 'sendBatch', method: 'POST', path: '/v1/emails/batch', tag: 'Emails', scope: 'emails:send', summary: 'Send up to 500 messages',
      description:
        'Each email is a body of POST /v1/emails. `partial` (the default) answers each for itself, in order. `atomic` stores all in one commit or none: then the answer is the first fault, with every fault under `/emails/<i>/…`. '
        + 'At most 10 MB of JSON in all, 1 MB a message, and 3.5 MB of content in an atomic batch. An `Idempotency-Key` covers the batch: a repeat of the same body gets the stored answer of every message that was accepted; what was refused is judged again, as at a single send.',
      query: NoQuery, body: BatchBody, shownBody: ShownBatchBody, example: BATCH_EXAMPLE, bodyLimit: BATCH_LIMITS.bodyBytes, idempotencyKey: true,
      answers: { 200: { description: 'What became of each, in order', schema: Answer } },
      handler: async (call) => {
        const key = idempotencyKeyOf(call.headers['idempotency-key']);
        return deps.inFlight.alone(call.caller, key, async () => {
          const bodyHash = hashOf(call.rawBody);
          const items = call.body.emails.map((email, index) => attempt((): Submission => {
            checkEmail(email);
            return toSubmission(email as SendBody, { caller: call.caller, bodyHash, idempotencyKey: itemKey(key, index), requestId: call.requestId, now: deps.clock.now(), ids: deps.ids });
          }));
          const outcomes = call.body.mode === 'atomic' ? await atomic(items, deps.submitter) : await partial(items, deps.submitter);
          const replayed = outcomes.some((outcome) => outcome && 'ok' in outcome && outcome.ok.replayed);
          return { status: 200, body: { data: outcomes.map(itemJson) }, ...(replayed && { headers: { 'idempotent-replayed': 'true' } }) };
        });
      },
    }),
  ];
}

type Item = { readonly submission: Submission } | { readonly error: AppError };

function attempt(make: () => Submission): Item {
  try {
    return { submission: make() };
  } catch (error) {
    if (isAppError(error)) return { error };
    throw error;
  }
}

async function partial(items: readonly Item[], submitter: BatchDeps['submitter']): Promise<ItemOutcome[]> {
  const good = items.flatMap((item) => ('submission' in item ? [item.submission] : []));
  const answers = good.length === 0 ? [] : await submitter.partial(good);
  let next = 0;
  const outcomes = items.map((item): ItemOutcome => ('error' in item ? item : answers[next++]));
  // Where nothing could be taken at all, that is the answer: a client repeats it as any 503 or 429.
  const [first] = outcomes;
  const stuck = outcomes.every((outcome) => outcome && 'error' in outcome && outcome.error.definition.retryable);
  if (stuck && first && 'error' in first) throw first.error;
  return outcomes;
}

async function atomic(items: readonly Item[], submitter: BatchDeps['submitter']): Promise<ItemOutcome[]> {
  if (items.some((item) => 'error' in item)) throw wholeFault(items.map((item) => ('error' in item ? item : undefined)));
  const submissions = items.flatMap((item) => ('submission' in item ? [item.submission] : []));
  const bytes = submissions.reduce((sum, submission) => sum + sizeOf(submission), 0);
  if (bytes > BATCH_LIMITS.atomicBytes) {
    throw new AppError('payload_too_large', `The messages of an atomic batch have ${bytes} bytes in all; at most ${BATCH_LIMITS.atomicBytes} are stored in one commit. Send it in parts, or as a partial batch.`);
  }
  const outcomes = await submitter.atomic(submissions);
  if (outcomes.some((outcome) => !outcome || 'error' in outcome)) throw wholeFault(outcomes);
  return outcomes;
}

/** The first fault, with every fault at its place in the batch. */
function wholeFault(outcomes: readonly (ItemOutcome | Item)[]): AppError {
  const faults = outcomes.flatMap((outcome, index) => (outcome && 'error' in outcome ? [{ index, error: outcome.error }] : []));
  const [first] = faults;
  if (!first) return new AppError('internal', 'The batch was not answered.');
  // The same of all: the batch itself is at fault, not a message.
  if (faults.length === outcomes.length && (first.error.code === 'idempotency_key_reused' || first.error.definition.retryable)) return first.error;
  const errors = faults.flatMap(({ index, error }): FieldError[] => {
    const fields = error.errors.length > 0 ? error.errors : [{ pointer: '', code: error.code, message: error.message }];
    return fields.map(({ pointer, code, message }) => ({ pointer: `/emails/${index}${pointer}`, code, message }));
  });
  const others = faults.length === 1 ? '' : ` ${faults.length - 1} more of the ${outcomes.length} messages are at fault, see errors.`;
  const { code, message, retryAfterS } = first.error;
  return new AppError(code, `Nothing was stored: message ${first.index} of the batch is at fault. ${message}${others}`, { errors, ...(retryAfterS !== undefined && { retryAfterS }) });
}

function itemJson(outcome: ItemOutcome, index: number): object {
  if (!outcome) return { index, error: itemProblem(new AppError('internal', 'The message was not answered.')) };
  if ('error' in outcome) return { index, error: itemProblem(outcome.error) };
  const { messageId, recipients } = outcome.ok;
  return { index, id: publicId('em', messageId), recipients: recipients.map(({ address, status, reason }, n) => ({ id: recipientId(messageId, n), address, status, ...(reason !== '' && { reason }) })) };
}
