import type { IdSource } from '@nexoramail/kernel';
import { expired, type AttemptFacts, type Outcome, type Reply, type Verdict } from '../../domain/outcome.js';
import type { AttemptRecord, Finish, LeasedRecipient, RecipientStep } from '../ports/deliver-ports.js';

/** States of a queue row. */
export const QUEUE_STATES = { due: 0, scheduled: 1, held: 2, blocked: 3, paused: 4, waiting: 5 } as const;

/** An attempt as it is recorded. */
export function attemptOf(row: LeasedRecipient, outcome: Exclude<Outcome, { kind: 'aborted' }>, startedAt: Date, endedAt: Date, ids: IdSource): AttemptRecord {
  return { id: ids.uuid(), n: row.tries + 1, startedAt: outcome.facts.startedAt ?? startedAt, endedAt, outcome: outcome.kind, reply: replyOf(outcome), facts: outcome.facts };
}

/** The reply of an outcome, if there was one. */
export function replyOf(outcome: Exclude<Outcome, { kind: 'aborted' }>): Reply | undefined {
  return outcome.kind === 'unknown' ? undefined : outcome.reply;
}

/** What an attempt's verdict does to the row: `email.sent` at the first hand-over, then the one event of this attempt. */
export function finishAttempt(row: LeasedRecipient, verdict: Verdict, attempt: AttemptRecord, eventId: string): Finish {
  const steps: RecipientStep[] = [];
  const sent = row.sent || attempt.facts.handedOver;
  if (sent && !row.sent) steps.push({ type: 'email.sent', at: attempt.startedAt, attempt: attempt.n, status: 'sending' });
  const common = { row, tries: attempt.n, sent, attempt, eventId, reply: attempt.reply ?? replyFallback(row, attempt.facts) };
  if (verdict.kind === 'final') {
    // At the end of its time the last reply tells why.
    const reply = attempt.reply ?? (verdict.status === 'expired' ? row.lastReply : undefined);
    steps.push({ type: verdict.event, at: attempt.endedAt, attempt: attempt.n, reply, classification: verdict.classification, reason: verdict.reason, status: verdict.status });
    return { ...common, kind: 'final', status: verdict.status, reason: verdict.reason, unknowns: row.unknowns, state: QUEUE_STATES.due, runAt: row.runAt, steps };
  }
  // A try that would come after the end is never made: then there is no next time to tell.
  const next = verdict.runAt.getTime() < row.expiresAt.getTime() ? verdict.runAt : undefined;
  steps.push({ type: 'email.delayed', at: attempt.endedAt, attempt: attempt.n, reply: attempt.reply, classification: verdict.classification, reason: verdict.reason, nextAttemptAt: next, status: 'delayed' });
  return { ...common, kind: 'later', status: 'delayed', reason: verdict.reason, unknowns: verdict.unknowns, state: QUEUE_STATES.waiting, runAt: verdict.runAt, steps };
}

function replyFallback(row: LeasedRecipient, facts: AttemptFacts): Reply | undefined {
  return facts.handedOver ? undefined : row.lastReply;
}

/** An end without an attempt: expired, canceled, suppressed, failed on our side. */
export function finishWithout(row: LeasedRecipient, end: { readonly status: 'expired' | 'canceled' | 'suppressed' | 'failed'; readonly reason: string }, at: Date, eventId: string): Finish {
  const verdict = end.status === 'expired' ? expired() : undefined;
  const classification = verdict?.classification ?? (end.status === 'failed' ? { class: 'undetermined', reason: end.reason } : undefined);
  const step: RecipientStep = { type: `email.${end.status}`, at, attempt: row.tries, reply: row.lastReply, classification, reason: end.reason, status: end.status };
  return {
    row, kind: 'final', status: end.status, reason: end.reason, tries: row.tries, unknowns: row.unknowns, sent: row.sent, state: QUEUE_STATES.due, runAt: row.runAt,
    reply: row.lastReply, steps: [step], attempt: undefined, eventId,
  };
}

/** The lease is given up and no try is counted; `reason` tells why it waits. Due again at once unless a state says otherwise. */
export function giveBack(row: LeasedRecipient, waiting: { readonly runAt: Date; readonly reason: string; readonly state?: number }): Finish {
  return {
    row, kind: 'back', status: 'queued', reason: waiting.reason, tries: row.tries, unknowns: row.unknowns, sent: row.sent, state: waiting.state ?? QUEUE_STATES.due,
    runAt: waiting.runAt, reply: undefined, steps: [], attempt: undefined, eventId: '',
  };
}

/** A scheduled row whose time has come. */
export function release(row: LeasedRecipient, at: Date, eventId: string): Finish {
  return { ...giveBack(row, { runAt: row.runAt, reason: '' }), kind: 'later', steps: [{ type: 'email.queued', at, status: 'queued' }], eventId };
}

/** The same end without anything that the peer said: for a finish that could not be written as it was. */
export function withoutDialogue(finish: Finish): Finish {
  return {
    ...finish,
    reply: undefined,
    steps: finish.steps.map((step) => ({ ...step, reply: undefined })),
    attempt: finish.attempt && { ...finish.attempt, reply: undefined, facts: { ...finish.attempt.facts, transcript: [] } },
  };
}
