import { isAppError, type Clock, type IdSource } from '@nexoramail/kernel';
import { wrongCredentials } from '../domain/credentials.js';
import { typedPassword } from '../domain/password.js';
import type { SessionTokens } from '../domain/session-token.js';
import { sessionEnd } from '../domain/session.js';
import { signInKeys, tooManyFailures } from '../domain/sign-in-throttle.js';
import { signInAddress } from '../domain/user.js';
import type { PasswordHasher } from './ports/password-hasher.js';
import type { SessionStore } from './ports/session-store.js';
import type { ThrottleStore } from './ports/throttle-store.js';
import type { UserStore } from './ports/user-store.js';

/** Address and password as typed, and the client's address. */
export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly source: string;
}

/** A new session's token and what comes next. */
export interface SignInResult {
  readonly token: string;
  readonly next: 'factor' | 'done';
  readonly expiresAt: Date;
}

/**
 * The first step of a sign-in. Known, unknown and malformed addresses take the same steps, so neither text nor time tells them apart;
 * `unauthorized` for all, `rate_limited` after too many failures.
 */
export class SignInHandler {
  constructor(
    private readonly users: UserStore,
    private readonly sessions: SessionStore,
    private readonly throttle: ThrottleStore,
    private readonly hasher: PasswordHasher,
    private readonly tokens: SessionTokens,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async execute({ email, password, source }: SignIn): Promise<SignInResult> {
    const emailKey = keyOf(email);
    const steps = signInKeys(emailKey, source);
    for (const keys of steps) {
      const waitMs = await this.throttle.count(keys);
      if (waitMs > 0) throw tooManyFailures(waitMs);
    }
    const found = await this.users.findByEmailKey(emailKey);
    const right = await this.hasher.verify(found?.passwordHash, typedPassword(password));
    if (!found || !right) throw wrongCredentials();
    await this.throttle.forgive(steps.flat());
    return this.begin(found.user.id, found.hasFactor);
  }

  private async begin(userId: string, hasFactor: boolean): Promise<SignInResult> {
    const token = this.tokens.mint();
    const tokenHash = this.tokens.hash(token);
    if (!tokenHash) throw new Error('A minted token has the form of a token');
    const now = this.clock.now();
    const state = hasFactor ? 'factor' : 'done';
    const expiresAt = sessionEnd(state, now);
    await this.sessions.create({ id: this.ids.uuid(), tokenHash, userId, state, createdAt: now, expiresAt });
    return { token, next: state, expiresAt };
  }
}

/** What is no address names nobody, but is counted and answered like one. */
function keyOf(email: string): string {
  try {
    return signInAddress(email.slice(0, 512)).key;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return `? ${email.slice(0, 512).replaceAll('\0', '')}`; // no address has a blank; Postgres takes no NUL
  }
}
