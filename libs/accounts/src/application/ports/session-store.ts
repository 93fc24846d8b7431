import type { Session, SessionState } from '../../domain/session.js';
import type { User } from '../../domain/user.js';

/** A session with whom it belongs to, as one read finds it. */
export interface SignedIn {
  readonly session: Session;
  readonly user: User;
  /** Undefined for staff. */
  readonly account: { readonly id: string; readonly ref: number; readonly name: string; readonly plan: string; readonly defaultCategory: string } | undefined;
}

/** A session to store. */
export interface NewSession {
  readonly id: string;
  readonly tokenHash: Uint8Array;
  readonly userId: string;
  readonly state: SessionState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Sessions by the keyed hash of their token. */
export interface SessionStore {
  create(session: NewSession): Promise<void>;
  find(tokenHash: Uint8Array): Promise<SignedIn | undefined>;
  /** Replaces a session that waits for its factor by a complete one, in one commit; false when another call was first. */
  rotate(oldHash: Uint8Array, session: NewSession): Promise<boolean>;
  touch(sessionId: string, at: Date): Promise<void>;
  /** Idempotent. */
  end(tokenHash: Uint8Array): Promise<void>;
  /** Deletes sessions past their end; returns how many. */
  sweep(now: Date): Promise<number>;
}
