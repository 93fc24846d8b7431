import { AppError, isAppError, ok, refused, retry, toAppError, type Clock, type ItemResult } from '@nexoramail/kernel';
import { checkSubmission, domainOf, type NewMessage } from '../../domain/submission.js';
import type { AcceptAnswer, AcceptedMessage, AcceptPlan, AcceptStore, ContentSealer, Gates, IntakeGuard, ReleaseDays, ScreenFacts, Screener, ScreenQuestion } from '../ports/accept-ports.js';
import { planAcceptance } from './plan-acceptance.js';

/** What {@link SubmitMessages} needs. `acceptedPoint` is the fault hook between commit and answer. */
export interface SubmitParts {
  readonly clock: Clock;
  readonly intake: IntakeGuard;
  readonly screener: Screener;
  readonly sealer: ContentSealer;
  readonly store: AcceptStore;
  readonly gates: Gates;
  readonly days: ReleaseDays;
  readonly acceptedPoint: () => void | Promise<void>;
}

const MAX_ROUNDS = 3;

/**
 * Takes messages in, item by item: checks, Screen, seal, one commit shared with whoever else is accepting. `ok` means flushed. Idempotent on
 * the message id and on (account, mode, idempotency key): what was accepted once is answered again, whatever would be said of it now.
 */
export class SubmitMessages {
  constructor(private readonly parts: SubmitParts) {}

  async execute(messages: readonly NewMessage[]): Promise<ItemResult<AcceptedMessage>[]> {
    try {
      await this.parts.intake.check();
    } catch (error) {
      return messages.map(() => retry(toAppError(error)));
    }
    const results = await Promise.all(messages.map((message) => this.one(message)));
    await this.parts.acceptedPoint();
    return results;
  }

  private async one(message: NewMessage): Promise<ItemResult<AcceptedMessage>> {
    try {
      checkSubmission(message, this.parts.clock.now());
      const screened = await this.parts.screener.screen(questionOf(message));
      if (screened.kind === 'ok') return await this.accept(message, screened.value);
      return (screened.kind === 'refused' && (await this.acceptedBefore(message))) || screened;
    } catch (error) {
      const known = toAppError(error);
      // A defect or an absent database leaves nothing behind: the same ids may come again.
      return isAppError(error) && !known.definition.retryable ? refused(known) : retry(known);
    }
  }

  /** Screen would refuse it now, but a repeat of what was accepted is answered as it was. */
  private async acceptedBefore(message: NewMessage): Promise<ItemResult<AcceptedMessage> | undefined> {
    if (message.idempotencyKey !== '') {
      const first = await this.parts.store.findReplay(message.accountId, message.mode, message.idempotencyKey);
      if (first) return Buffer.compare(first.bodyHash, message.bodyHash) === 0 ? ok({ ...first.answer, replayed: true }) : refused(keyReused());
    }
    const known = await this.parts.store.findAccepted(message.accountId, message.mode, message.id);
    return known && ok(known);
  }

  private async accept(message: NewMessage, screen: ScreenFacts): Promise<ItemResult<AcceptedMessage>> {
    for (let round = 1; ; round++) {
      const plan = await planAcceptance(message, screen, this.parts.clock.now(), this.parts.sealer);
      if (plan.scheduledAt !== undefined) await this.parts.days.ensure(plan.releaseDay);
      const answer = await this.parts.store.accept(plan);
      if (round < MAX_ROUNDS && answer.code === 'no_gate') await this.parts.gates.fetch(message.accountId);
      else if (round < MAX_ROUNDS && answer.code === 'epoch_gone') continue;
      else return await this.answer(plan, answer);
    }
  }

  private async answer(plan: AcceptPlan, answer: AcceptAnswer): Promise<ItemResult<AcceptedMessage>> {
    if (answer.code === 'ok') return ok(acceptedOf(plan));
    if (answer.code === 'replay') return ok({ ...answer.answer, replayed: true });
    if (answer.code !== 'known') return notStored(refusalOf(answer, this.parts.clock.now()));
    const { accountId, mode, id } = plan.message;
    const known = await this.parts.store.findAccepted(accountId, mode, id);
    return known ? ok(known) : refused(new AppError('conflict', 'The message id belongs to another message.'));
  }
}

/** What Screen is asked about a message. */
export function questionOf(message: NewMessage): ScreenQuestion {
  return {
    accountId: message.accountId,
    mode: message.mode,
    category: message.category,
    fromDomain: domainOf(message.fromAddress),
    envelopeDomain: message.envelopeFrom === '' ? '' : domainOf(message.envelopeFrom),
    recipients: message.recipients.map(({ address }) => address),
    sensitive: message.sensitive,
    source: message.source,
    messageId: message.id,
  };
}

/** Why the accepting commit left nothing. */
export function refusalOf(answer: Exclude<AcceptAnswer, { code: 'replay' }>, now: Date): AppError {
  switch (answer.code) {
    case 'quota_exceeded':
      return quotaExceeded(answer.periodEnd, now);
    case 'idempotency_key_reused':
      return keyReused();
    case 'account_not_activated':
    case 'sending_restricted':
    case 'account_suspended':
      return new AppError(answer.code, STANDING_DETAILS[answer.code]);
    default:
      return new AppError('temporarily_unavailable', 'The message could not be taken right now. Repeat the request.', { retryAfterS: 1 });
  }
}

/** The result of an item that left nothing: to be repeated where that can help. */
export const notStored = (error: AppError): ItemResult<never> => (error.definition.retryable ? retry(error) : refused(error));

/** The answer for a message that was just accepted. */
export function acceptedOf({ message, states, createdAt, messageIdHeader }: AcceptPlan): AcceptedMessage {
  const recipients = message.recipients.map(({ address }, index) => ({ address, status: states[index]?.status ?? 'queued', reason: states[index]?.reason ?? '' }));
  return { messageId: message.id, status: statusOf(recipients), createdAt, messageIdHeader, recipients, replayed: false };
}

/** One recipient's own status; of several `processing` unless all ended as one. */
export function statusOf(recipients: readonly { readonly status: string }[]): string {
  const first = recipients[0]?.status ?? 'accepted';
  if (recipients.length === 1) return first;
  return first === 'suppressed' && recipients.every(({ status }) => status === first) ? first : 'processing';
}

const STANDING_DETAILS = {
  account_not_activated: 'The account is not activated yet: its review is not finished. Test keys work now.',
  sending_restricted: 'Sending is restricted while the account is under review. Its standing tells why and what to do.',
  account_suspended: 'The account is suspended: it cannot send. Its standing tells why and how to appeal.',
} as const;

/** `idempotency_key_reused`. */
export const keyReused = (): AppError => new AppError('idempotency_key_reused', 'This idempotency key was used with another body in the last 24 hours. Use a new key for a new message.');

function quotaExceeded(periodEnd: Date, now: Date): AppError {
  const seconds = Math.max(1, Math.ceil((periodEnd.getTime() - now.getTime()) / 1000));
  return new AppError('quota_exceeded', 'The quota of the running period does not allow this many recipients. Raise the plan, or wait for the next period.', { retryAfterS: seconds });
}
