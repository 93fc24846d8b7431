import { firstValue, splitMessage } from '@nexoramail/mail';
import { domainOf, expiryOf, isScheduled, releaseDay, type NewMessage } from '../../domain/submission.js';
import type { AcceptPlan, ContentSealer, FirstState, ScreenFacts } from '../ports/accept-ports.js';

const MAX_MESSAGE_ID = 998;

/** Everything of the accepting commit that can be known before it: states, expiry, Message-ID, sealed content. */
export async function planAcceptance(message: NewMessage, screen: ScreenFacts, now: Date, sealer: ContentSealer): Promise<AcceptPlan> {
  const scheduledAt = isScheduled(message, now) ? message.scheduledAt : undefined;
  const suppressed = new Map(screen.suppressed.map(({ index, origin }) => [index, origin]));
  const states = message.recipients.map((_, index): FirstState => {
    if (suppressed.has(index)) return { status: 'suppressed', reason: 'recipient_suppressed' };
    return { status: scheduledAt === undefined ? 'queued' : 'scheduled', reason: '' };
  });
  return {
    message,
    screen,
    sealed: await sealer.seal(message, scheduledAt),
    createdAt: now,
    expiresAt: expiryOf(message, now),
    scheduledAt,
    releaseDay: releaseDay(message, now),
    messageIdHeader: messageIdHeader(message),
    states,
    units: states.filter(({ status }) => status !== 'suppressed').length,
  };
}

/** The submitted Message-ID, kept byte for byte; else one of ours at the sender's domain. */
function messageIdHeader(message: NewMessage): string {
  if (message.content.kind === 'raw') {
    const submitted = firstValue(splitMessage(message.content.bytes), 'message-id');
    if (submitted !== undefined && submitted !== '' && submitted.length <= MAX_MESSAGE_ID) return submitted;
  }
  return `<${message.id}@${domainOf(message.fromAddress)}>`;
}
