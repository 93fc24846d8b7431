import type { CheckResult, Submission, SubmissionService } from '@nexoramail/contracts';
import { isAppError, type AppError, type Clock, type IdSource } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import { defineOperation, type Operation } from '../http/operation.js';
import { SEND_EXAMPLE, SendBody } from '../send/send-body.js';
import { toSubmission } from '../send/to-submission.js';
import { NoQuery } from './schemas.js';

/** What the route of checks needs. */
export interface CheckDeps {
  readonly submission: Pick<SubmissionService, 'checkSubmissions'>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const Rule = Type.Object({
  id: Type.String(), result: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('skip')]), reason: Type.String(), fix: Type.Optional(Type.String({ description: 'how to mend it, where it failed' })),
});
const Answer = Type.Object({ allowed: Type.Boolean(), rules: Type.Array(Rule) });

interface RuleJson {
  readonly id: string;
  readonly result: string;
  readonly reason: string;
  readonly fix?: string;
}

/** The rules that this door itself holds: each with the codes by which {@link toSubmission} refuses. */
const DOOR_RULES = [
  { id: 'category', codes: ['category_required', 'category_not_permitted'], passed: 'The category is a transactional one.', fix: 'Name one of the permitted categories in `category`, or set a default category for the account.' },
  { id: 'size', codes: ['payload_too_large'], passed: 'Bodies and attachments are within the limit.', fix: 'Make the message smaller, or link to large files instead.' },
] as const;

/** `POST /v1/emails/check`. */
export function checkRoutes(deps: CheckDeps): Operation[] {
  return [
    defineOperation({
      id: 'checkEmail', method: 'POST', path: '/v1/emails/check', tag: 'Emails', scope: 'emails:send', summary: 'Ask whether a message would be accepted',
      description: 'Every rule that a send meets, by the same code, without sending: nothing is stored and nothing counted. `skip`: an earlier rule leaves nothing to say. A suppressed recipient is a failing rule here; a send would be accepted and leave that recipient out. A body that is no send body is refused as at POST /v1/emails.',
      query: NoQuery, body: SendBody, example: SEND_EXAMPLE, bodyLimit: 2_000_000, answers: { 200: { description: 'What each rule says', schema: Answer } },
      handler: async ({ body, caller, requestId }) => {
        const submission = attempt(() => toSubmission(body, { caller, bodyHash: Buffer.alloc(32), idempotencyKey: '', requestId, now: deps.clock.now(), ids: deps.ids }));
        const rules = [...doorRules(submission), ...('error' in submission ? [] : rulesOf((await deps.submission.checkSubmissions({ items: [submission.ok] })).results[0]))];
        return { status: 200, body: { allowed: rules.every(({ result }) => result === 'pass'), rules } };
      },
    }),
  ];
}

function attempt(make: () => Submission): { readonly ok: Submission } | { readonly error: AppError } {
  try {
    return { ok: make() };
  } catch (error) {
    if (isAppError(error) && DOOR_RULES.some(({ codes }) => (codes as readonly string[]).includes(error.code))) return { error };
    throw error;
  }
}

function doorRules(submission: ReturnType<typeof attempt>): RuleJson[] {
  const rules: RuleJson[] = [{ id: 'schema', result: 'pass', reason: 'The body is a send body.' }];
  let refused = false;
  for (const { id, codes, passed, fix } of DOOR_RULES) {
    if (refused) rules.push({ id, result: 'skip', reason: 'Not asked: the message is refused before.' });
    else if (!('error' in submission) || !(codes as readonly string[]).includes(submission.error.code)) rules.push({ id, result: 'pass', reason: passed });
    else {
      rules.push({ id, result: 'fail', reason: submission.error.message, fix });
      refused = true;
    }
  }
  return rules;
}

const rulesOf = (result: CheckResult | undefined): RuleJson[] => (result?.rules ?? []).map(({ fix, ...rule }) => ({ ...rule, ...(fix !== '' && { fix }) }));
