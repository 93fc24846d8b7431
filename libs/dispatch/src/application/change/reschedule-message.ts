import { AppError, timeOfUuid, type Clock, type IdSource, type Mode } from '@nexoramail/kernel';
import { dayOf } from '../../domain/submission.js';
import { QUEUE_STATES } from '../deliver/finishes.js';
import type { ReleaseDays } from '../ports/accept-ports.js';
import type { MessageChanges } from '../ports/change-ports.js';
import type { Finish, LeasedRecipient } from '../ports/deliver-ports.js';
import type { MessageNow } from '../ports/read-ports.js';
import type { GetMessages } from '../read/get-messages.js';

const MAX_SCHEDULE_DAYS = 30;
const DAY_MS = 86_400_000;

/** Moves a message that still waits for its time; a time that has passed means now. Content keeps its key: scheduled mail has one of its own. */
export class RescheduleMessage {
  constructor(private readonly changes: MessageChanges, private readonly messages: GetMessages, private readonly days: ReleaseDays, private readonly clock: Clock, private readonly ids: IdSource) {}

  /** The message as it then is. Throws `not_found`, `conflict` once it is queued, `validation_failed` for a time out of reach. */
  async execute(accountId: string, mode: string, id: string, wanted: Date): Promise<MessageNow> {
    const message = await this.read(accountId, mode, id);
    const now = this.clock.now();
    const at = wanted.getTime() > now.getTime() ? wanted : now;
    // From acceptance: what is older is not looked for in later days.
    if (at.getTime() > timeOfUuid(id) + MAX_SCHEDULE_DAYS * DAY_MS) throw outOfReach();
    if (message.recipients.every(({ finalAt }) => finalAt !== undefined)) throw notScheduled(message);
    await this.days.ensure(dayOf(at));
    const moved = await this.changes.reschedule(accountId, mode as Mode, id, at, (row) => moveTo(row, at, now, this.ids.uuid()));
    const after = await this.read(accountId, mode, id);
    if (!moved) throw notScheduled(after);
    return after;
  }

  private async read(accountId: string, mode: string, id: string): Promise<MessageNow> {
    const [result] = await this.messages.execute(accountId, mode, [id]);
    if (result?.kind === 'ok') return result.value;
    throw result?.error ?? new AppError('not_found', 'There is no such message here.');
  }
}

function moveTo(row: LeasedRecipient, runAt: Date, at: Date, eventId: string): Finish {
  return {
    row, kind: 'later', status: 'scheduled', reason: '', tries: row.tries, unknowns: row.unknowns, sent: row.sent, state: QUEUE_STATES.scheduled, runAt,
    reply: undefined, steps: [{ type: 'email.scheduled', at, nextAttemptAt: runAt, status: 'scheduled' }], attempt: undefined, eventId,
  };
}

const outOfReach = (): AppError => {
  const message = `scheduled_at may lie at most ${MAX_SCHEDULE_DAYS} days after the message was accepted.`;
  return new AppError('validation_failed', message, { errors: [{ pointer: '/scheduled_at', code: 'out_of_range', message }] });
};

function notScheduled({ recipients, scheduledAt }: MessageNow): AppError {
  if (scheduledAt === undefined) return new AppError('conflict', 'The message was not scheduled: only one that waits for its time can be moved.');
  const states = [...new Set(recipients.map(({ status }) => status))].join(', ');
  return new AppError('conflict', `The message does not wait for its time any more (${states}): it cannot be moved.`);
}
