import type { PassThrough } from 'node:stream';
import type { Principal } from '@nexoramail/contracts';
import { AppError, isAppError, publicId, toAppError, type Clock, type IdSource } from '@nexoramail/kernel';
import type { Counter, InFlightKeys, KeyPrincipals, Logger, Submitter } from '@nexoramail/platform';
import type { SMTPServerSession } from 'smtp-server';
import type { Verdict } from './guarded-connection.js';
import type { Door } from './guarded-server.js';
import { SESSION_LIMITS } from './limits.js';
import { MailLoopError, toSubmission } from './to-submission.js';

/** What the door is made of. */
export interface SubmissionDoorParts {
  readonly principals: KeyPrincipals;
  readonly submitter: Submitter;
  readonly inFlight: InFlightKeys;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  readonly counters: { readonly messages: Counter; readonly refusals: Counter; readonly handshakes: Counter };
}

interface User {
  /** Asked for again at each MAIL: a revoked key is dead within 5 s. Never logged. */
  readonly secret: string;
  readonly keyId: string;
}

/** An error as smtp-server wants it: reply code, and a text that begins with its enhanced code. */
class ReplyError extends Error {
  constructor(readonly responseCode: number, text: string) {
    super(text);
  }
}

/** SMTP submission: API keys by AUTH, messages into the same use case as REST, refusals with the same codes and words. */
export class SubmissionDoor implements Door {
  private readonly sessionsOfKey = new Map<string, number>();

  constructor(private readonly parts: SubmissionDoorParts) {}

  async authenticate(username: string, password: string, session: SMTPServerSession): Promise<User> {
    // The user name only has to be there: the key says whose it is.
    if (username === '' || password === '') throw new ReplyError(535, '5.7.8 user name `nexoramail` and an API key as password are expected');
    const principal = await this.principal(password);
    if (!principal.scopes.includes('emails:send')) throw new ReplyError(535, '5.7.8 this API key lacks the scope emails:send');
    const open = this.sessionsOfKey.get(principal.keyId) ?? 0;
    if (open >= SESSION_LIMITS.sessionsPerKey) throw new ReplyError(454, `4.7.0 this key has ${open} sessions open, the most allowed; close some`);
    this.sessionsOfKey.set(principal.keyId, open + 1);
    this.parts.logger.info({ session: session.id, key_id: publicId('key', principal.keyId), remote: session.remoteAddress }, 'SMTP session authenticated');
    return { secret: password, keyId: principal.keyId };
  }

  async mayMail(session: SMTPServerSession): Promise<void> {
    await this.principal(userOf(session).secret).catch((error: unknown) => {
      if (error instanceof ReplyError && error.responseCode === 535) throw new ReplyError(530, '5.7.0 the API key has been revoked, authenticate again');
      throw error;
    });
  }

  async receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      return await this.submit(Buffer.concat(chunks), session);
    } catch (error) {
      if (message.errored) return { code: 451, enhanced: '4.3.0', lines: ['the message was cut off'] };
      return this.refusal(error, session);
    }
  }

  closed(session: SMTPServerSession): void {
    const { user } = session as { user?: unknown };
    if (user === undefined || user === false) return;
    const { keyId } = userOf(session);
    const open = (this.sessionsOfKey.get(keyId) ?? 1) - 1;
    if (open > 0) this.sessionsOfKey.set(keyId, open);
    else this.sessionsOfKey.delete(keyId);
  }

  refused(code: number, text: string): void {
    this.parts.counters.refusals.add(1, { code: String(code), enhanced: /^\d\.\d{1,3}\.\d{1,3}/.exec(text)?.[0] ?? '' });
  }

  failed(error: Error, remoteAddress: string): void {
    const code = 'code' in error ? String(error.code) : error.name;
    this.parts.counters.handshakes.add(1, { code });
    this.parts.logger.info({ code, remote: remoteAddress }, 'SMTP connection failed');
  }

  private async submit(raw: Buffer, session: SMTPServerSession): Promise<Verdict> {
    const { clock, ids, submitter, inFlight, logger, counters } = this.parts;
    const principal = await this.principal(userOf(session).secret);
    const { mailFrom, rcptTo } = session.envelope;
    const parameters = mailFrom !== false ? (mailFrom.args as Record<string, unknown> | false) : false;
    const envelope = { from: mailFrom === false ? '' : mailFrom.address, recipients: rcptTo.map(({ address }) => address), smtputf8: parameters !== false && 'SMTPUTF8' in parameters };
    const requestId = ids.id('req');
    const submission = toSubmission(raw, envelope, { principal, requestId, client: `${session.hostNameAppearsAs || 'unknown'} [${session.remoteAddress}]`, now: clock.now(), ids });
    const accepted = await inFlight.alone(principal, submission.idempotencyKey, () => submitter.submit(submission));
    const id = publicId('em', accepted.messageId);
    counters.messages.add(1);
    logger.info({ session: session.id, email_id: id, request_id: requestId, octets: raw.length, recipients: rcptTo.length }, 'SMTP message accepted');
    return { code: 250, enhanced: '2.0.0', lines: [`accepted ${id}`] };
  }

  private refusal(thrown: unknown, session: SMTPServerSession): Verdict {
    if (thrown instanceof MailLoopError) return { code: 554, enhanced: '5.4.6', lines: ['the message has passed 100 servers or more: it runs in a circle'] };
    if (thrown instanceof ReplyError) return { code: thrown.responseCode, enhanced: thrown.message.split(' ', 1)[0] ?? '5.0.0', lines: [thrown.message.replace(/^\S+ /, '')] };
    const error = toAppError(thrown);
    const level = error.code === 'internal' ? 'error' : 'info';
    this.parts.logger[level]({ session: session.id, code: error.code, ...(level === 'error' && { err: error.cause }) }, 'SMTP message refused');
    const [code, enhanced] = error.definition.smtp ?? [550, '5.6.0'];
    return { code, enhanced, lines: replyLines(error) };
  }

  private async principal(secret: string): Promise<Principal> {
    try {
      return await this.parts.principals.authenticate(secret);
    } catch (error) {
      if (isAppError(error) && error.code === 'unauthorized') throw new ReplyError(535, `5.7.8 ${error.message}`);
      if (isAppError(error) && error.definition.http < 500) throw new ReplyError(454, `4.7.0 ${error.message}`);
      throw new ReplyError(454, '4.7.0 the key cannot be checked at the moment, try again');
    }
  }
}

function userOf(session: SMTPServerSession): User {
  const { user } = session as { user?: unknown };
  if (typeof user !== 'object' || user === null) throw new Error('a session sends mail without a user');
  return user as User;
}

/** The detail in reply lines of at most 400 octets, ASCII: what a log of any mail program shows whole. */
export function replyLines(error: AppError): string[] {
   
  const words = error.message.replaceAll(/[^\x20-\x7e]+/g, ' ').split(' ').filter(Boolean);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > 400) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word.slice(0, 400) : `${line} ${word}`;
  }
  return [...lines, line].slice(0, 10);
}
