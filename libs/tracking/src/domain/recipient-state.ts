import { TERMINAL_STATUSES, type RecipientStatus } from '@nexoramail/kernel';

/** Last reply of the next hop, as `last_smtp` shows it. */
export interface SmtpFacts {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  readonly mx: string;
  readonly tls: string;
}

/** One fact about one recipient, as far as the read model cares. */
export interface RecipientStep {
  readonly index: number;
  readonly address: string;
  readonly at: Date;
  /** Number of the attempt; 0 before the first. */
  readonly attempt: number;
  /** The recipient's status after this step; undefined when the step changes none. */
  readonly status: RecipientStatus | undefined;
  readonly reason: string;
  readonly smtp: SmtpFacts | undefined;
  readonly nextAttemptAt: Date | undefined;
  /** A bounce report after `delivered`: the status stays. */
  readonly lateBounce: boolean;
  /** `to`, `cc` or `bcc`, and the header's name; known to the record of acceptance only. */
  readonly kind: string;
  readonly displayName: string;
}

/** A recipient as lists show it. */
export interface RecipientState {
  readonly index: number;
  readonly address: string;
  readonly kind: string;
  readonly displayName: string;
  readonly status: RecipientStatus;
  /** Time of the step that gave the status. */
  readonly changedAt: Date;
  readonly reason: string;
  readonly attempts: number;
  readonly nextAttemptAt: Date | undefined;
  readonly lastSmtp: SmtpFacts | undefined;
  readonly lastSmtpAt: Date | undefined;
  readonly finalAt: Date | undefined;
  readonly lateBounce: boolean;
}

// Orders steps of the same instant: an acceptance tells `accepted` and `queued` at once.
const RANK: readonly RecipientStatus[] = ['accepted', 'scheduled', 'held', 'queued', 'sending', 'delayed', 'delivered', 'bounced', 'failed', 'suppressed', 'expired', 'canceled', 'rejected'];

/** True for the statuses that this read model knows. */
export function isRecipientStatus(text: string): text is RecipientStatus {
  return (RANK as readonly string[]).includes(text);
}

/**
 * The recipient after one more step. Steps may come late, twice and in any order: the result depends on the set of steps alone. A final
 * status beats all others and the first final one stays; of two open ones the newer holds.
 */
export function applyStep(state: RecipientState | undefined, step: RecipientStep): RecipientState {
  const before: RecipientState = state ?? {
    index: step.index, address: step.address, kind: '', displayName: '', status: 'accepted', changedAt: new Date(0), reason: '', attempts: 0,
    nextAttemptAt: undefined, lastSmtp: undefined, lastSmtpAt: undefined, finalAt: undefined, lateBounce: false,
  };
  const newerReply = step.smtp !== undefined && isNewerReply(before, step.smtp, step.at);
  return {
    ...before,
    ...(step.status !== undefined && holds(step.status, step.at, before) && {
      status: step.status,
      changedAt: step.at,
      reason: step.reason,
      nextAttemptAt: TERMINAL_STATUSES.has(step.status) ? undefined : step.nextAttemptAt,
      finalAt: TERMINAL_STATUSES.has(step.status) ? step.at : undefined,
    }),
    kind: before.kind || step.kind,
    displayName: before.displayName || step.displayName,
    attempts: Math.max(before.attempts, step.attempt),
    ...(newerReply && { lastSmtp: step.smtp, lastSmtpAt: step.at }),
    lateBounce: before.lateBounce || step.lateBounce,
  };
}

function holds(status: RecipientStatus, at: Date, before: RecipientState): boolean {
  const [final, wasFinal] = [TERMINAL_STATUSES.has(status), TERMINAL_STATUSES.has(before.status)];
  if (final !== wasFinal) return final;
  const order = at.getTime() - before.changedAt.getTime() || RANK.indexOf(status) - RANK.indexOf(before.status);
  return final ? order < 0 : order > 0;
}

function isNewerReply({ lastSmtp, lastSmtpAt }: RecipientState, smtp: SmtpFacts, at: Date): boolean {
  if (lastSmtp === undefined || lastSmtpAt === undefined) return true;
  const order = at.getTime() - lastSmtpAt.getTime();
  return order > 0 || (order === 0 && JSON.stringify(smtp) > JSON.stringify(lastSmtp));
}
