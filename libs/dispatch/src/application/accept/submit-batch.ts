import { isAppError, ok, refused, retry, toAppError, type ItemResult } from '@nexoramail/kernel';
import { checkSubmission, type NewMessage } from '../../domain/submission.js';
import type { AcceptAnswer, AcceptedMessage, AcceptPlan, ScreenFacts } from '../ports/accept-ports.js';
import { planAcceptance } from './plan-acceptance.js';
import { acceptedOf, keyReused, notStored, questionOf, refusalOf, type SubmitMessages, type SubmitParts } from './submit-messages.js';

const MAX_ROUNDS = 3;
const STORED = new Set(['ok', 'known', 'replay']);

/** One batch's outcome, item by item; undefined in an atomic one that failed: this item was not at fault. */
export type BatchResult = ItemResult<AcceptedMessage> | undefined;

/**
 * Takes in the messages of one batch, of one account and mode. Their idempotency keys stand or fall together: one that is known with another body
 * refuses all of them before anything is stored. Atomic: every rule is asked of every item, then one commit stores all or none.
 */
export class SubmitBatch {
  constructor(private readonly parts: SubmitParts, private readonly submit: SubmitMessages) {}

  /** Each item for itself, as if it had come alone. */
  async partial(messages: readonly NewMessage[]): Promise<BatchResult[]> {
    const known = await this.known(messages).catch(failed);
    if (!(known instanceof Map)) return messages.map(() => known);
    return this.submit.execute(messages);
  }

  /** All of them, or none. */
  async atomic(messages: readonly NewMessage[]): Promise<BatchResult[]> {
    try {
      await this.parts.intake.check();
      const known = await this.known(messages);
      if (!(known instanceof Map)) return messages.map(() => known);
      const replays = messages.flatMap(({ idempotencyKey }) => known.get(idempotencyKey) ?? []);
      if (replays.length === messages.length) return replays.map((answer) => ok({ ...answer, replayed: true }));
      const screened = await Promise.all(messages.map((message) => this.screen(message)));
      if (screened.some(({ kind }) => kind !== 'ok')) return screened.map((result) => (result.kind === 'ok' ? undefined : result));
      const results = await this.accept(messages, screened.flatMap((result) => (result.kind === 'ok' ? [result.value] : [])));
      await this.parts.acceptedPoint();
      return results;
    } catch (error) {
      return messages.map(() => failed(error));
    }
  }

  /** The first answers by key; or the one refusal of all when a key is known with another body. */
  private async known(messages: readonly NewMessage[]): Promise<Map<string, AcceptedMessage> | ItemResult<never>> {
    const [first] = messages;
    const keyed = messages.filter(({ idempotencyKey }) => idempotencyKey !== '');
    if (!first || keyed.length === 0) return new Map();
    const found = await this.parts.store.findReplays(first.accountId, first.mode, keyed.map(({ idempotencyKey }) => idempotencyKey));
    for (const { idempotencyKey, bodyHash } of keyed) {
      const answer = found.get(idempotencyKey);
      if (answer && Buffer.compare(answer.bodyHash, bodyHash) !== 0) return refused(keyReused());
    }
    return new Map([...found].map(([key, { answer }]) => [key, answer]));
  }

  private async screen(message: NewMessage): Promise<ItemResult<ScreenFacts>> {
    try {
      checkSubmission(message, this.parts.clock.now());
      return await this.parts.screener.screen(questionOf(message));
    } catch (error) {
      return failed(error);
    }
  }

  private async accept(messages: readonly NewMessage[], screens: readonly ScreenFacts[]): Promise<BatchResult[]> {
    const { clock, sealer, store, gates, days } = this.parts;
    for (let round = 1; ; round++) {
      const plans: AcceptPlan[] = [];
      for (const [index, message] of messages.entries()) {
        const screen = screens[index];
        if (screen) plans.push(await planAcceptance(message, screen, clock.now(), sealer));
      }
      for (const { scheduledAt, releaseDay } of plans) if (scheduledAt !== undefined) await days.ensure(releaseDay);
      const answers = await store.acceptTogether(plans);
      const codes = new Set(answers.map(({ code }) => code));
      if (round < MAX_ROUNDS && codes.has('no_gate')) await gates.fetch(messages[0]?.accountId ?? '');
      else if (round < MAX_ROUNDS && codes.has('epoch_gone')) continue;
      else return this.answers(plans, answers);
    }
  }

  private async answers(plans: readonly AcceptPlan[], answers: readonly AcceptAnswer[]): Promise<BatchResult[]> {
    const stored = answers.every(({ code }) => STORED.has(code));
    return Promise.all(plans.map(async (plan, index): Promise<BatchResult> => {
      const answer = answers[index];
      if (!answer) throw new Error('An item was not answered');
      if (!stored) return answer.code === 'replay' || STORED.has(answer.code) ? undefined : notStored(refusalOf(answer, this.parts.clock.now()));
      if (answer.code === 'replay') return ok({ ...answer.answer, replayed: true });
      const { accountId, mode, id } = plan.message;
      return ok((answer.code === 'known' && (await this.parts.store.findAccepted(accountId, mode, id))) || acceptedOf(plan));
    }));
  }
}

/** A defect or an absent database leaves nothing behind: the same ids may come again. */
const failed = (error: unknown): ItemResult<never> => (isAppError(error) ? notStored(error) : retry(toAppError(error)));
