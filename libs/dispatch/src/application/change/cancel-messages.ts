import { AppError, ok, refused, type Clock, type IdSource, type ItemResult, type Mode } from '@nexoramail/kernel';
import { finishWithout } from '../deliver/finishes.js';
import type { MessageChanges } from '../ports/change-ports.js';
import type { MessageNow } from '../ports/read-ports.js';
import type { GetMessages } from '../read/get-messages.js';

/**
 * Cancels messages, item by item: every recipient that nobody has under way ends as `canceled`, and was never sent or only deferred. Ok with the
 * message when at least one is canceled, by this call or by an earlier one whose answer was lost; `conflict` tells why none can be.
 */
export class CancelMessages {
  constructor(private readonly changes: MessageChanges, private readonly messages: GetMessages, private readonly clock: Clock, private readonly ids: IdSource) {}

  async execute(accountId: string, mode: string, ids: readonly string[]): Promise<ItemResult<MessageNow>[]> {
    // Also the check of account and mode: what is not theirs is not looked at again.
    const before = await this.messages.execute(accountId, mode, ids);
    const theirs = before.flatMap((result) => (result.kind === 'ok' ? [result.value] : []));
    const open = theirs.filter(({ recipients }) => recipients.some(({ finalAt }) => finalAt === undefined));
    if (open.length === 0) return before.map(answerOf);
    const at = this.clock.now();
    await this.changes.cancel(accountId, mode as Mode, open.map(({ id }) => id), (row) => finishWithout(row, { status: 'canceled', reason: 'canceled_by_request' }, at, this.ids.uuid()));
    return (await this.messages.execute(accountId, mode, ids)).map(answerOf);
  }
}

function answerOf(result: ItemResult<MessageNow>): ItemResult<MessageNow> {
  if (result.kind !== 'ok' || result.value.recipients.some(({ status }) => status === 'canceled')) return result.kind === 'ok' ? ok(result.value) : result;
  return refused(tooLate(result.value));
}

/** `conflict` with what became of the recipients. */
function tooLate({ recipients }: MessageNow): AppError {
  const counts = new Map<string, number>();
  for (const recipient of recipients) {
    const state = stateOf(recipient);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const states = [...counts].map(([state, count]) => (recipients.length === 1 ? state : `${count} ${state}`)).join(', ');
  return new AppError('conflict', `It is too late to cancel: ${recipients.length === 1 ? 'the recipient is' : 'of the recipients are'} ${states}.`);
}

function stateOf({ status, reason, finalAt }: MessageNow['recipients'][number]): string {
  if (status === 'sending') return 'being sent at this moment';
  if (reason === 'outcome_unknown' && finalAt === undefined) return 'handed over without an answer, so it may have arrived';
  if (finalAt === undefined) return 'possibly handed over when a worker stopped';
  return status;
}
