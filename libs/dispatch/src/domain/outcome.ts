import type { Random, RecipientStatus } from '@nexoramail/kernel';
import { retryDelayMs, UNKNOWN_RETRY_S } from './retry-schedule.js';

/** A reply of the next hop, safe to store. */
export interface Reply {
  readonly code: number;
  /** Enhanced status code, '' when it gave none. */
  readonly enhanced: string;
  readonly text: string;
  readonly mx: string;
  /** TLS version, '' in clear. */
  readonly tls: string;
}

/** One line of an SMTP dialogue: milliseconds from the start, direction, text without bodies and secrets. */
export interface DialogueLine {
  readonly atMs: number;
  readonly dir: 'c' | 's';
  readonly line: string;
}

/** What an attempt showed besides its outcome. */
export interface AttemptFacts {
  readonly mx: string;
  readonly ip: string;
  readonly tlsVersion: string;
  readonly tlsCipher: string;
  readonly tlsVerified: boolean;
  readonly transcript: readonly DialogueLine[];
  /** MAIL was sent over a connection: from here on the recipient counts as handed over once (`email.sent`). */
  readonly handedOver: boolean;
  /** When the dialogue began; undefined when there was none: then the attempt's own beginning counts. */
  readonly startedAt?: Date;
}

/** One envelope carries one recipient, so one attempt has exactly one outcome (`architecture.md` §4 rule 5). */
export type Outcome =
  | { readonly kind: 'accepted'; readonly reply: Reply; readonly facts: AttemptFacts }
  /** 4xx, or the network failed before the message was handed over. `site` tells whether the site itself is in trouble. */
  | { readonly kind: 'deferred'; readonly reply: Reply | undefined; readonly cause: string; readonly site: 'well' | 'throttled' | 'failed'; readonly facts: AttemptFacts }
  /** 5xx, no such domain, or a message that this peer can never take. */
  | { readonly kind: 'rejected'; readonly reply: Reply; readonly facts: AttemptFacts }
  /** Lost after the final dot: it may have arrived. */
  | { readonly kind: 'unknown'; readonly cause: string; readonly facts: AttemptFacts }
  /** Given up by us before anything was handed over (lease too short, stop): no try is counted. */
  | { readonly kind: 'aborted' };

/** Class and reason of `interfaces.md` §3. */
export interface Classified {
  readonly class: string;
  readonly reason: string;
}

/** State of a recipient in the queue that decides what an outcome means. */
export interface TryState {
  readonly tries: number;
  readonly unknowns: number;
  readonly expiresAt: Date;
}

/** What becomes of the recipient. `final` ends it; `later` keeps it in the queue. */
export type Verdict =
  | { readonly kind: 'final'; readonly status: RecipientStatus; readonly event: string; readonly reason: string; readonly classification: Classified | undefined; readonly suppress: boolean }
  | { readonly kind: 'later'; readonly runAt: Date; readonly unknowns: number; readonly reason: string; readonly classification: Classified | undefined };

/**
 * Turns the outcome of try number `tries + 1` into the recipient's next state. Pure: the table of `flows.md` §5.
 * 5xx ends it at once; 4xx comes back on the schedule; unknown comes back once; nothing is planned past `expiresAt`.
 */
export function judge(outcome: Exclude<Outcome, { kind: 'aborted' }>, state: TryState, classify: (reply: Reply) => Classified, now: Date, random: Random): Verdict {
  const tries = state.tries + 1;
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'final', status: 'delivered', event: 'email.delivered', reason: '', classification: undefined, suppress: false };
    case 'rejected': {
      const classification = classify(outcome.reply);
      return { kind: 'final', status: 'bounced', event: 'email.bounced', reason: classification.reason, classification, suppress: classification.class === 'hard' };
    }
    case 'unknown': {
      const classification = { class: 'undetermined', reason: 'outcome_unknown' };
      if (state.unknowns >= 1) return { kind: 'final', status: 'failed', event: 'email.failed', reason: 'outcome_unknown', classification, suppress: false };
      return later(new Date(now.getTime() + UNKNOWN_RETRY_S * 1000), 1, 'outcome_unknown', classification);
    }
    case 'deferred': {
      const classification = outcome.reply === undefined ? { class: 'soft', reason: 'network_error' } : classify(outcome.reply);
      if (state.expiresAt.getTime() <= now.getTime()) return expired();
      const runAt = new Date(now.getTime() + retryDelayMs(tries, classification.reason === 'greylisted', random));
      return later(runAt, state.unknowns, classification.reason, classification);
    }
  }
}

/** The end of a recipient whose time is over. */
export function expired(): Extract<Verdict, { kind: 'final' }> {
  return { kind: 'final', status: 'expired', event: 'email.expired', reason: 'expired', classification: { class: 'undetermined', reason: 'expired' }, suppress: false };
}

function later(runAt: Date, unknowns: number, reason: string, classification: Classified): Verdict {
  return { kind: 'later', runAt, unknowns, reason, classification };
}
