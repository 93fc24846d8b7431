import type { User } from '../../domain/user.js';

/** What a sign-in needs to know about a person. */
export interface UserCredentials {
  readonly user: User;
  readonly passwordHash: string;
  readonly hasFactor: boolean;
}

/** A person to store, with the clear secret of a TOTP factor when there is one: the store seals it. */
export interface NewUser extends User {
  readonly emailKey: string;
  readonly passwordHash: string;
  readonly totpSecret: Uint8Array | undefined;
  readonly createdAt: Date;
}

/** People by id and sign-in address. */
export interface UserStore {
  findByEmailKey(emailKey: string): Promise<UserCredentials | undefined>;
  /** Idempotent on the id. `conflict` when the address belongs to someone else, `not_found` when there is no such account. */
  create(user: NewUser): Promise<void>;
  exists(userId: string): Promise<boolean>;
}
