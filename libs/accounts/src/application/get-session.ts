import type { Clock } from '@nexoramail/kernel';
import { noSession } from '../domain/credentials.js';
import type { SessionTokens } from '../domain/session-token.js';
import { isAlive, SEEN_EVERY_MS, SESSION_IDLE_MS } from '../domain/session.js';
import type { SessionStore, SignedIn } from './ports/session-store.js';

/** A complete session with its anti-forgery token and its next end. */
export interface CurrentSession extends SignedIn {
  readonly csrfToken: string;
  readonly expiresAt: Date;
}

/** The session behind a token; `unauthorized` when it is unknown, past its end, idle for an hour, or waits for its factor. */
export class GetSessionHandler {
  constructor(private readonly sessions: SessionStore, private readonly tokens: SessionTokens, private readonly clock: Clock) {}

  async execute(token: string): Promise<CurrentSession> {
    const now = this.clock.now();
    const hash = this.tokens.hash(token);
    const found = hash && (await this.sessions.find(hash));
    if (!found || found.session.state !== 'done' || !isAlive(found.session, now)) throw noSession();
    const { id, seenAt, expiresAt } = found.session;
    const seenLongAgo = now.getTime() - seenAt.getTime() >= SEEN_EVERY_MS;
    if (seenLongAgo) await this.sessions.touch(id, now);
    const idleEnd = (seenLongAgo ? now : seenAt).getTime() + SESSION_IDLE_MS;
    return { ...found, csrfToken: this.tokens.csrf(token), expiresAt: new Date(Math.min(expiresAt.getTime(), idleEnd)) };
  }
}
