import type { PassThrough } from 'node:stream';
import type { Principal } from '@nexoramail/contracts';
import { isAppError, publicId, toAppError, type Clock, type IdSource } from '@nexoramail/kernel';
import type { Counter, Faults, InFlightKeys, KeyPrincipals, Logger, Submitter } from '@nexoramail/platform';
import type { SMTPServerSession } from 'smtp-server';
import type { AuthBackOff } from './auth-back-off.js';
import type { AuthSubjects } from './auth-subjects.js';
import type { Refusal, SessionEnd, Verdict } from './guarded-host.js';
import type { Credentials, Door } from './guarded-server.js';
import type { SessionLimits } from './limits.js';
import type { MessageRate } from './message-rate.js';
import { replyLines } from './reply-lines.js';
import { MailLoopError, toSubmission } from './to-submission.js';

/** What the door is made of. */
export interface SubmissionDoorParts {
  readonly principals: KeyPrincipals;
  readonly submitter: Submitter;
  readonly inFlight: InFlightKeys;
  readonly backOff: AuthBackOff;
  readonly subjects: AuthSubjects;
  readonly rate: MessageRate;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly faults: Faults;
  readonly logger: Logger;
  readonly counters: { readonly messages: Counter; readonly refusals: Counter; readonly failures: Counter };
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

// One text for every key that is not right, whether it never was one or was revoked (`security.md` A14).
const WRONG = '5.7.8 the API key is unknown, expired, revoked or not copied whole';

/** SMTP submission: API keys by AUTH, messages into the same use case as REST, refusals with the same codes and words. */
export class SubmissionDoor implements Door {
  private readonly sessionsOfKey = new Map<string, number>();
  private readonly authenticating = new Set<string>();

  constructor(private readonly parts: SubmissionDoorParts) {}

  async authenticate({ username, password, actAs }: Credentials, session: SMTPServerSession): Promise<User> {
    // The user name only has to be there: the key says whose it is.
    if (username === '' || password === '') throw new ReplyError(535, '5.7.8 user name `nexoramail` and an API key as password are expected');
    const { backOff, subjects, limits } = this.parts;
    const attempt = subjects.attempt(username, password, session.remoteAddress);
    const waitMs = backOff.waitMs(attempt);
    if (waitMs > 0) {
      const waitS = Math.ceil(waitMs / 1000);
      this.noteFailure(session, attempt.credential, 'held_up', waitS);
      throw new ReplyError(454, `4.7.0 too many failed attempts from this address or for this key: wait ${waitS} s`);
    }
    const wrong = (reason: string, text: string): ReplyError => {
      backOff.failed(attempt);
      this.noteFailure(session, attempt.credential, reason, Math.ceil(backOff.waitMs(attempt) / 1000));
      return new ReplyError(535, text);
    };
    this.authenticating.add(session.id);
    // What is no key at all costs what an unknown one costs.
    const answer = await this.principal('AUTH', subjects.wellSpelt(password)).catch((error: unknown) => error as ReplyError);
    // The client may have gone meanwhile: its end was told before its key was known.
    const here = this.authenticating.delete(session.id);
    if (answer instanceof ReplyError) throw answer.responseCode === 535 ? wrong('wrong_key', WRONG) : answer;
    if (actAs !== '') throw wrong('acts_as_other', '5.7.8 a key acts for nobody else: leave the authorization identity empty');
    backOff.passed(attempt);
    if (!answer.scopes.includes('emails:send')) throw new ReplyError(535, '5.7.8 this API key lacks the scope emails:send');
    const open = this.sessionsOfKey.get(answer.keyId) ?? 0;
    if (!here || open >= limits.sessionsPerKey) throw new ReplyError(454, `4.7.0 this key has ${open} sessions open, the most allowed: close some`);
    this.sessionsOfKey.set(answer.keyId, open + 1);
    this.parts.logger.info({ session: session.id, key_id: publicId('key', answer.keyId), remote: session.remoteAddress }, 'SMTP session authenticated');
    return { secret: password, keyId: answer.keyId };
  }

  async mayMail(session: SMTPServerSession): Promise<void> {
    const { rate } = this.parts;
    const { keyId } = await this.principal('MAIL', userOf(session).secret);
    const waitMs = rate.take(keyId);
    if (waitMs > 0) throw new ReplyError(451, `4.7.1 this key may send ${rate.perSecond} messages a second: wait ${Math.ceil(waitMs / 1000)} s`);
  }

  async receive(message: PassThrough, session: SMTPServerSession): Promise<Verdict> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk as Buffer);
      return await this.submit(Buffer.concat(chunks), session);
    } catch (error) {
      if (!message.readableEnded) return { code: 451, enhanced: '4.3.0', lines: ['the message was cut off'] };
      return this.refusal(error, session);
    }
  }

  ended(end: SessionEnd, session: SMTPServerSession): void {
    this.authenticating.delete(session.id);
    const user = maybeUserOf(session);
    if (user) {
      const open = (this.sessionsOfKey.get(user.keyId) ?? 1) - 1;
      if (open > 0) this.sessionsOfKey.set(user.keyId, open);
      else this.sessionsOfKey.delete(user.keyId);
    }
    this.parts.logger.info({ ...aboutOf(session), remote: session.remoteAddress, ...end }, 'SMTP session ended');
  }

  refused({ code, enhanced, command }: Refusal, session: SMTPServerSession): void {
    this.parts.counters.refusals.add(1, { code: String(code), enhanced });
    this.parts.logger.info({ ...aboutOf(session), code, enhanced, command }, 'SMTP refusal');
  }

  failed(error: Error, remoteAddress: string): void {
    const code = 'code' in error ? String(error.code) : error.name;
    this.parts.counters.failures.add(1, { code });
    this.parts.logger.info({ code, remote: remoteAddress }, 'SMTP connection failed');
  }

  private async submit(raw: Buffer, session: SMTPServerSession): Promise<Verdict> {
    const { clock, ids, submitter, inFlight, faults, logger, counters } = this.parts;
    const principal = await this.principal('DATA', userOf(session).secret);
    const { mailFrom, rcptTo } = session.envelope;
    const parameters = mailFrom !== false ? (mailFrom.args as Record<string, unknown> | false) : false;
    const envelope = { from: mailFrom === false ? '' : mailFrom.address, recipients: rcptTo.map(({ address }) => address), smtputf8: parameters !== false && 'SMTPUTF8' in parameters };
    const requestId = ids.id('req');
    const submission = toSubmission(raw, envelope, { principal, requestId, client: `${session.hostNameAppearsAs || 'unknown'} [${session.remoteAddress}]`, now: clock.now(), ids });
    await faults.point('smtp.before-submit');
    const accepted = await inFlight.alone(principal, submission.idempotencyKey, () => submitter.submit(submission));
    await faults.point('smtp.after-accept');
    const id = publicId('em', accepted.messageId);
    counters.messages.add(1);
    logger.info({ session: session.id, email_id: id, request_id: requestId, octets: raw.length, recipients: rcptTo.length }, 'SMTP message accepted');
    return { code: 250, enhanced: '2.0.0', lines: [`accepted ${id}`] };
  }

  private refusal(thrown: unknown, session: SMTPServerSession): Verdict {
    if (thrown instanceof MailLoopError) return { code: 554, enhanced: '5.4.6', lines: ['the message has passed 100 servers or more: it runs in a circle'] };
    if (thrown instanceof ReplyError) return { code: thrown.responseCode, enhanced: thrown.message.split(' ', 1)[0] ?? '5.0.0', lines: [thrown.message.replace(/^\S+ /, '')] };
    const error = toAppError(thrown);
    if (error.code === 'internal') this.parts.logger.error({ session: session.id, err: error.cause }, 'SMTP message failed');
    const [code, enhanced] = error.definition.smtp ?? [550, '5.6.0'];
    return { code, enhanced, lines: replyLines(error.message) };
  }

  // Nothing of what the client typed: a key may stand where the user name belongs. `attempt` tells equal secrets of this process apart.
  private noteFailure(session: SMTPServerSession, credential: string, reason: string, waitS: number): void {
    this.parts.logger.warn({ session: session.id, remote: session.remoteAddress, attempt: credential.slice(0, 12), reason, wait_s: waitS }, 'SMTP authentication failed');
  }

  // 535 and 454 are answers to AUTH only (RFC 4954 §6).
  private async principal(command: 'AUTH' | 'MAIL' | 'DATA', secret: string): Promise<Principal> {
    try {
      return await this.parts.principals.authenticate(secret);
    } catch (error) {
      if (isAppError(error) && error.code === 'unauthorized') {
        if (command === 'AUTH') throw new ReplyError(535, WRONG);
        throw command === 'MAIL' ? new ReplyError(530, '5.7.0 the API key has been revoked or has expired: authenticate again') : new ReplyError(550, '5.7.1 the API key has been revoked or has expired');
      }
      const text = isAppError(error) && error.definition.http < 500 ? error.message : 'the key cannot be checked at the moment, try again';
      throw command === 'AUTH' ? new ReplyError(454, `4.7.0 ${text}`) : new ReplyError(451, `4.3.0 ${text}`);
    }
  }
}

// The library's session has `user` undefined before AUTH and false after STARTTLS.
function maybeUserOf(session: SMTPServerSession): User | undefined {
  const { user } = session as { user?: unknown };
  return typeof user === 'object' && user !== null ? (user as User) : undefined;
}

function userOf(session: SMTPServerSession): User {
  const user = maybeUserOf(session);
  if (!user) throw new Error('a session sends mail without a user');
  return user;
}

function aboutOf(session: SMTPServerSession): { session: string; key_id?: string } {
  const user = maybeUserOf(session);
  return { session: session.id, ...(user && { key_id: publicId('key', user.keyId) }) };
}
