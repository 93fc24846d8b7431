import { classifyReply, type Outcome as SmtpOutcome, type SmtpReply } from '@nexoramail/mail';
import type { AttemptFacts, Outcome, Reply } from '../domain/outcome.js';

/** Stages at which the message's envelope was already being handed over. */
const HANDED_OVER = new Set<SmtpOutcome['stage']>(['mail', 'rcpt', 'data', 'end']);

/** What the SMTP client saw, as delivery judges it. */
export function outcomeOf(seen: SmtpOutcome): Outcome {
  if (seen.aborted) return { kind: 'aborted' };
  const facts = factsOf(seen);
  const reply = seen.reply === null ? undefined : replyOf(seen.reply, seen.mx ?? '', seen.tls?.version ?? '');
  const cause = [seen.fault, seen.detail].filter((part) => part !== null).join(': ');
  switch (seen.kind) {
    case 'accepted':
      return { kind: 'accepted', reply: reply ?? ownReply(250, '2.0.0', 'accepted', facts), facts };
    case 'rejected':
      return { kind: 'rejected', reply: reply ?? ownReply(550, '5.0.0', cause || 'refused', facts), facts };
    case 'unknown':
      return { kind: 'unknown', cause, facts };
    case 'deferred':
      return { kind: 'deferred', reply: reply ?? (cause === '' ? undefined : ownReply(451, '4.4.2', cause, facts)), cause, site: siteOf(seen, reply), facts };
  }
}

/** A refusal that was decided without a connection. */
export function outcomeWithoutConnection(reply: SmtpReply, rejected: boolean, transcriptLine: string): Outcome {
  const facts: AttemptFacts = { mx: '', ip: '', tlsVersion: '', tlsCipher: '', tlsVerified: false, transcript: [{ atMs: 0, dir: 'c', line: transcriptLine }], handedOver: false };
  const own = replyOf(reply, '', '');
  return rejected ? { kind: 'rejected', reply: own, facts } : { kind: 'deferred', reply: own, cause: reply.text, site: 'well', facts };
}

function factsOf(seen: SmtpOutcome): AttemptFacts {
  return {
    mx: seen.mx ?? '',
    ip: seen.ip ?? '',
    tlsVersion: seen.tls?.version ?? '',
    tlsCipher: seen.tls?.cipher ?? '',
    tlsVerified: seen.tls?.verified ?? false,
    transcript: seen.transcript.map(({ at_ms: atMs, dir, line }) => ({ atMs, dir, line })),
    handedOver: HANDED_OVER.has(seen.stage),
    startedAt: seen.startedAt,
  };
}

const replyOf = ({ code, enhanced, text }: SmtpReply, mx: string, tls: string): Reply => ({ code, enhanced: enhanced ?? '', text, mx, tls });
const ownReply = (code: number, enhanced: string, text: string, { mx, tlsVersion }: AttemptFacts): Reply => ({ code, enhanced, text, mx, tls: tlsVersion });

/** Whether a deferral is about the site (slow down, or leave it alone) or about this message only. */
function siteOf(seen: SmtpOutcome, reply: Reply | undefined): 'well' | 'throttled' | 'failed' {
  if (!HANDED_OVER.has(seen.stage)) return seen.stage === 'local' ? 'well' : 'failed';
  if (reply === undefined) return 'throttled';
  if (reply.code === 421) return 'throttled';
  return reply.enhanced.startsWith('4.7.') && classifyReply(reply).reason !== 'greylisted' ? 'throttled' : 'well';
}
