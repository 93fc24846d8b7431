import { AppError, toAppError } from '@nexoramail/kernel';
import { checkSubmission, type NewMessage } from '../../domain/submission.js';
import type { AcceptAnswer, SealedContent, ScreenFacts } from '../ports/accept-ports.js';
import { planAcceptance } from './plan-acceptance.js';
import { questionOf, refusalOf, type SubmitParts } from './submit-messages.js';

/** What one rule says of a message. `fix`: how to mend it, empty unless it failed. */
export interface RuleResult {
  readonly id: string;
  readonly result: 'pass' | 'fail' | 'skip';
  readonly reason: string;
  readonly fix: string;
}

/** What is known when rules are asked; `commit` is undefined where Screen left nothing to commit. */
interface Facts {
  readonly message: NewMessage;
  readonly screen: ScreenFacts | AppError;
  readonly commit: AcceptAnswer | undefined;
  readonly now: Date;
}

/** A rule of acceptance as `/emails/check` shows it. A later rule joins as one more entry of {@link RULES}. */
interface Rule {
  readonly id: string;
  readonly judge: (facts: Facts) => Omit<RuleResult, 'id'>;
}

const pass = (reason: string): Omit<RuleResult, 'id'> => ({ result: 'pass', reason, fix: '' });
const fail = (reason: string, fix: string): Omit<RuleResult, 'id'> => ({ result: 'fail', reason, fix });
const skip = (reason: string): Omit<RuleResult, 'id'> => ({ result: 'skip', reason, fix: '' });
const STANDING = new Set(['account_not_activated', 'sending_restricted', 'account_suspended']);
const SCREENED_FIRST = 'Not asked: the message is refused before.';

const RULES: readonly Rule[] = [
  {
    id: 'sender_domain',
    judge: ({ screen, message }) => {
      if (!(screen instanceof AppError)) return pass(`Mail of ${message.fromAddress.slice(message.fromAddress.lastIndexOf('@') + 1)} is signed as ${screen.domain}.`);
      const [field] = screen.errors;
      return fail(field?.message ?? screen.message, 'Add the domain with POST /v1/domains, publish its DNS records and verify it; or send from a domain that is verified.');
    },
  },
  {
    id: 'suppression',
    judge: ({ screen, message }) => {
      if (screen instanceof AppError) return skip(SCREENED_FIRST);
      const [first] = screen.suppressed;
      if (!first) return pass('No recipient is suppressed.');
      const named = screen.suppressed.map(({ index, origin }) => `${message.recipients[index]?.address ?? ''} (${origin})`).join(', ');
      return fail(`Suppressed and not mailed: ${named}.`, 'Leave these recipients out, or lift the suppression with DELETE /v1/suppressions/{address} where that is allowed.');
    },
  },
  {
    id: 'standing',
    judge: ({ commit, now }) => {
      if (!commit) return skip(SCREENED_FIRST);
      return STANDING.has(commit.code) ? fail(detailOf(commit, now), 'GET /v1/standing tells the reason and what to do.') : pass('The account may send.');
    },
  },
  {
    id: 'quota',
    judge: ({ commit, message, now }) => {
      if (!commit || STANDING.has(commit.code)) return skip(SCREENED_FIRST);
      if (commit.code === 'quota_exceeded') return fail(detailOf(commit, now), 'Wait for the next period or take a larger plan: GET /v1/usage.');
      return pass(message.mode === 'test' ? 'Test mail is not counted.' : 'The quota of the period holds these recipients.');
    },
  },
];

/**
 * Says of messages what acceptance would say, by the same code: the same checks, the same Screen (which then notes no refusal), and the accepting
 * commit itself, taken back. Nothing is stored, counted or told.
 */
export class CheckSubmissions {
  constructor(private readonly parts: SubmitParts, private readonly epochId: () => Promise<string>) {}

  /** The rules of each message in their order. Throws `temporarily_unavailable` when it cannot be said now. */
  execute(messages: readonly NewMessage[]): Promise<RuleResult[][]> {
    return Promise.all(messages.map((message) => this.one(message)));
  }

  private async one(given: NewMessage): Promise<RuleResult[]> {
    await this.parts.intake.check();
    // Without its key and its order: a check replays nothing and stands in no line.
    const message = { ...given, idempotencyKey: '', orderingKey: '' };
    const now = this.parts.clock.now();
    checkSubmission(given, now);
    const screened = await this.parts.screener.ask(questionOf(message));
    if (screened.kind === 'retry') throw toAppError(screened.error);
    const screen = screened.kind === 'ok' ? screened.value : screened.error;
    const commit = screen instanceof AppError ? undefined : await this.rehearse(message, screen, now);
    return RULES.map(({ id, judge }) => ({ id, ...judge({ message, screen, commit, now }) }));
  }

  private async rehearse(message: NewMessage, screen: ScreenFacts, now: Date): Promise<AcceptAnswer> {
    const { store, gates } = this.parts;
    const sealed: SealedContent = { frames: [], subject: new Uint8Array(), wrapped: new Uint8Array(), epochId: await this.epochId() };
    const plan = await planAcceptance(message, screen, now, { seal: () => Promise.resolve(sealed) });
    let answer = await store.rehearse(plan);
    if (answer.code === 'no_gate') {
      await gates.fetch(message.accountId);
      answer = await store.rehearse(plan);
    }
    if (answer.code === 'no_gate' || answer.code === 'epoch_gone') throw refusalOf(answer, now);
    return answer;
  }
}

function detailOf(answer: AcceptAnswer, now: Date): string {
  return answer.code === 'replay' ? '' : refusalOf(answer, now).message;
}
