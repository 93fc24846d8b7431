import type { Clock, IdSource } from '@nexoramail/kernel';
import { noSession, wrongCode } from '../domain/credentials.js';
import type { SessionTokens } from '../domain/session-token.js';
import { isAlive, sessionEnd } from '../domain/session.js';
import { factorKeys, tooManyFailures } from '../domain/sign-in-throttle.js';
import { matchTotp } from '../domain/totp.js';
import type { FactorStore } from './ports/factor-store.js';
import type { SessionStore } from './ports/session-store.js';
import type { ThrottleStore } from './ports/throttle-store.js';

/** The token of a session that waits, and the code as typed. */
export interface VerifyFactor {
  readonly token: string;
  readonly code: string;
}

/**
 * The second step of a sign-in: a TOTP code, each one once (RFC 6238 §5.2). The session goes on under a new token, so that one that was
 * fixed or seen before the sign-in was complete opens nothing. `wall` is real time: authenticators have their own clock.
 */
export class VerifyFactorHandler {
  constructor(
    private readonly sessions: SessionStore,
    private readonly factors: FactorStore,
    private readonly throttle: ThrottleStore,
    private readonly tokens: SessionTokens,
    private readonly ids: IdSource,
    private readonly clock: Clock,
    private readonly wall: Clock,
  ) {}

  async execute({ token, code }: VerifyFactor): Promise<{ readonly token: string; readonly expiresAt: Date }> {
    const now = this.clock.now();
    const oldHash = this.tokens.hash(token);
    const waiting = oldHash && (await this.sessions.find(oldHash));
    if (!waiting || waiting.session.state !== 'factor' || !isAlive(waiting.session, now)) throw noSession();
    const userId = waiting.user.id;
    await this.check(userId, code.replaceAll(' ', ''));

    const fresh = this.tokens.mint();
    const tokenHash = this.tokens.hash(fresh);
    if (!tokenHash) throw new Error('A minted token has the form of a token');
    const expiresAt = sessionEnd('done', now);
    const rotated = await this.sessions.rotate(oldHash, { id: this.ids.uuid(), tokenHash, userId, state: 'done', createdAt: now, expiresAt });
    if (!rotated) throw noSession();
    return { token: fresh, expiresAt };
  }

  private async check(userId: string, code: string): Promise<void> {
    const keys = factorKeys(userId);
    const waitMs = await this.throttle.count(keys);
    if (waitMs > 0) throw tooManyFailures(waitMs);
    const factor = await this.factors.begin(userId);
    const step = factor && matchTotp(factor.secret, code, this.wall.now(), factor.lastStep);
    if (step === undefined || !(await this.factors.take(userId, step))) throw wrongCode();
    await this.throttle.forgive(keys);
  }
}
