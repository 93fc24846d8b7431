import type { Clock } from '@nexoramail/kernel';
import { newPassword } from '../domain/password.js';
import { decodeTotpSecret } from '../domain/totp.js';
import { checkRole, invalidUser, signInAddress } from '../domain/user.js';
import type { PasswordHasher } from './ports/password-hasher.js';
import type { UserStore } from './ports/user-store.js';

/** A person to make. */
export interface CreateUser {
  readonly userId: string;
  /** Undefined: staff. */
  readonly accountId: string | undefined;
  readonly email: string;
  readonly password: string;
  readonly role: string;
  /** RFC 4648 base32; empty: no second factor yet. */
  readonly totpSecret: string;
}

/** Makes a person. Idempotent on the id (also without hashing again); staff always have a second factor. */
export class CreateUserHandler {
  constructor(private readonly store: UserStore, private readonly hasher: PasswordHasher, private readonly clock: Clock) {}

  async execute(wish: CreateUser): Promise<void> {
    const { email, key } = signInAddress(wish.email);
    checkRole(wish.role, wish.accountId);
    const totpSecret = wish.totpSecret === '' ? undefined : decodeTotpSecret(wish.totpSecret);
    if (totpSecret === undefined && (wish.totpSecret !== '' || wish.accountId === undefined)) {
      throw invalidUser({ pointer: '/totp_secret', code: 'malformed', message: 'A TOTP secret is base32 of 16 to 64 bytes; staff cannot do without.' });
    }
    const password = newPassword(wish.password, { hasFactor: totpSecret !== undefined, email });
    if (await this.store.exists(wish.userId)) return;
    const passwordHash = await this.hasher.hash(password);
    await this.store.create({ id: wish.userId, accountId: wish.accountId, email, emailKey: key, role: wish.role, passwordHash, totpSecret, createdAt: this.clock.now() });
  }
}
